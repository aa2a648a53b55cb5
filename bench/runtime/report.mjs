// docs/performance/runtime.md.
import { aboutGenerator } from '../load/awake.mjs';

/** The page. */
export function markdown({ date, machine, versions, foreignLoad, loadGenerator, rows }) {
  const cost = (name) => rows.find((row) => row.name === name).cpuMicroseconds;
  const bare = { bun: ['bare 200', 'bare 304'], node: ['bare node:http, 200', 'bare node:http, 304'] };
  const lines = (wanted) =>
    rows
      .filter(({ runtime }) => runtime === wanted)
      .map(({ name, cpuMicroseconds }) => {
        const ratio = cost(bare[wanted][Number(name.includes('304'))]) / cpuMicroseconds;
        return `| ${name} | ${cpuMicroseconds.toFixed(2)} | ${ratio.toFixed(2)} |`;
      })
      .join('\n');
  return `# What the runtime costs

Measured on ${date} with \`npm run bench -- --suite runtime\`, which writes this page. Raw figures: [runtime.json](runtime.json).

What a request costs a \`Bun.serve\` whose handler does nothing but what the row says. The bare server, which Halyard's targets are
ratios to, makes a response from a plain object of headers and looks at nothing. A server that checks a credential and
answers \`If-None-Match\` has to read the request's address and two headers at least: the rows that say so are the best that
any such server can reach on \`Bun.serve\`. Further rows go on to Halyard: what finding the answer in a memory adds, and what it adds
that the process holds other objects.

The rows below these are about sockets. A bare \`Bun.listen\`, or \`node:net\`, takes every piece that comes for a request and sends the
same bytes, as one buffer that is ready: nothing in the runtime reads HTTP, makes objects for it or gives them back. Halyard's own
HTTP is on such sockets and can therefore be faster than a bare \`Bun.serve\`, though it reads the request and that one does not;
\`HALYARD_HTTP=runtime\` is Halyard on the runtime's HTTP server.

## On Bun

| Handler | CPU µs each | of the bare \`Bun.serve\` |
| --- | ---: | ---: |
${lines('bun')}

## On Node

| Handler | CPU µs each | of the bare \`node:http\` |
| --- | ---: | ---: |
${lines('node')}

Rows that begin with "…" add to the copy of one response; "the same" is the row above it. Medians of ${rows[0].rounds.length} interleaved rounds; 50 keep-alive connections of \`wrk\`;
CPU time of all threads of the process. ${aboutGenerator(loadGenerator)}

${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.system}, ${machine.kernel}; Bun ${versions.bun}, Node ${versions.node}. Other programs used
${(foreignLoad * 100).toFixed(1)} % of the machine meanwhile.

What Halyard's own HTTP brings, and what was found about the time that requests take behind the runtimes' servers, is told in [http.md](http.md).
`;
}
