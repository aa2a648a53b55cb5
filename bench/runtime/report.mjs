// docs/performance/runtime.md.

/** The page. */
export function markdown({ date, machine, version, foreignLoad, rows }) {
  const cost = (name) => rows.find((row) => row.name === name).cpuMicroseconds;
  const against = (name) => cost(name.includes('304') ? 'bare 304' : 'bare 200') / cost(name);
  const lines = rows.map(
    ({ name, cpuMicroseconds }) => `| ${name} | ${cpuMicroseconds.toFixed(2)} | ${against(name).toFixed(2)} |`,
  );
  return `# What the runtime costs

Measured on ${date} with \`npm run bench -- --suite runtime\`, which writes this page. Raw figures: [runtime.json](runtime.json).

What a request costs a \`Bun.serve\` whose handler does nothing but what the row says. The bare server, which Halyard's targets are
ratios to, makes a response from a plain object of headers and looks at nothing. A server that checks a credential and
answers \`If-None-Match\` has to read the request's address and two headers at least: the rows that say so are the best that
any such server can reach on this runtime. The last rows go on to Halyard: what finding the answer in a memory adds, what it adds
that the process holds other objects, and what Halyard takes in all.

| Handler | CPU µs each | of the bare server |
| --- | ---: | ---: |
${lines.join('\n')}

Rows that begin with "…" add to the copy of one response; "the same" is the row above it. Medians of ${rows[0].rounds.length} interleaved rounds; 50 keep-alive connections of \`wrk\`;
CPU time of all threads of the process.

${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.system}, ${machine.kernel}; Bun ${version}. Other programs used
${(foreignLoad * 100).toFixed(1)} % of the machine meanwhile.
`;
}
