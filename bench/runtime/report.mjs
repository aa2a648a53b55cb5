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

${account}`;
}

// Seen once, with perf and V8's profiler; not measured by this run.
const account = `## Where the rest goes

All of this is from before Halyard had its own HTTP, and holds for \`HALYARD_HTTP=runtime\` and for HTTPS. What Halyard's 304s took
beyond the row that finds the answer in a map, by samples of a profiler (2026-11-21, cores shared with other programs, so that
all figures are a little higher than above):

| Part | µs each |
| --- | ---: |
| Following objects in collections | 0.8 |
| Giving memory back and getting it again (a thread of Bun's, page faults) | 0.2 |
| Halyard's own code, compiled | 0.15 |
| Functions of the runtime that it calls: hash of the address, comparisons, two more headers | 0.15 |
| The kernel: it has to wake the load generator, which the bare server keeps busy | 0.4 to 0.8 |

Bun tells its collector of about 430 bytes per request that only a collection of all objects takes off again; this is so for a
bare server, too. Every third collection is therefore one of all objects, and Halyard has 60,000, most of them functions and
what belongs to code: these cost more than the plain objects of the rows above, which hardly show. What a program loads makes
this cheaper or dearer: each mode loads only its own parts.

Since then Edge mode loads less (42,000 objects of 6.2 MB instead of 55,000 of 7.9 MB), and a heap below 16 MiB is left alone
([collection.md](collection.md)): 7.1 instead of 7.65 µs, 0.77 to 0.78 of the bare server instead of 0.71 to 0.72 (2026-11-22, quiet
machine, medians of 7 rounds, frontend and definitions). In user time that is 2.9 µs, of which 1.9 are the bare server's and 1.1 those of
reading the request; what is missing to 0.80 is time in the kernel, 4.2 instead of 3.6 µs, for waking the load generator.

That part is the load generator's and not a server's: it is gone where that is kept awake (\`bench/load/awake.c\`). CPU µs each on
a quiet machine, with the same requests for both:

| | \`wrk\` sleeps | | | \`wrk\` is awake | | |
| --- | ---: | ---: | ---: | ---: | ---: | ---: |
| | Halyard | bare | | Halyard | bare | |
| 5 flags, frontend, 8 rounds | 7.32 | 5.53 | 0.76 | 6.65 | 5.36 | 0.81 |
| 5 flags, definitions, 8 rounds | 7.10 | 5.42 | 0.76 | 6.64 | 5.32 | 0.80 |
| 350 flags, definitions, 4 rounds | 7.20 | 5.48 | 0.76 | 6.67 | 5.35 | 0.80 |

Definitions cost no more than the frontend's, though one header more is read for them; in requests per second the same rounds
were 0.82, 0.81 and 0.82, with a \`wrk\` that sleeps 0.77, 0.77 and 0.76.

What is left by samples of a profiler, which makes all of it a third dearer (11.4 µs, bare 8.5): 2.1 more in functions of Bun,
0.5 in the kernel (a part of it 0.05 to 0.1 page faults more per request), 0.17 in compiled JavaScript, Halyard's and Bun's together.
Of the functions of Bun 0.6 are two places that wait for memory: the next free block of \`malloc\` (0.57, bare 0.18) and headers
that are given back (0.19, bare 0.01). What a request's headers and texts take is free only after a collection, so that all
memory between two of them, 8 to 16 MiB, is touched in turn, and the processor's cache of 2 MiB holds none of it. A smaller heap
would fit, for a collection every 1,700 requests.

Tried, and not kept:

- One \`Response\` without a body, given out for every request: Bun takes its headers away with the first answer, and all later
  ones go out without \`ETag\` and \`Vary\`. A copy is what it takes.
- Fewer of the bytes that are counted per request: 650 of them come with any request (430 are the server's own, see above), 90
  with a response from a plain object, 330 with a copy, the address and three headers read; Halyard has 1,190.
- Options of the collector: \`useConcurrentGC=0\`, \`useWarmUpMarkedBlocks=0\` and \`decommitUnusedMarkedBlockPages=0\` are noise,
  \`sweepSynchronously=1\` is 5 to 9 % slower, \`numberOfGCMarkers\` is 1 on two cores already.
- Options of the allocator: \`MIMALLOC_PURGE_DELAY\` and \`MIMALLOC_PURGE_HOLES_MIN_INTERVAL\` of two seconds are noise on a
  quiet machine; memory that is never given back (\`MIMALLOC_PURGE_DELAY=-1\`) is 3 % less for 24 MiB. Giving
  back goes by time, not by request, on a thread of its own: below 0.1 µs of a 304 at 60,000 to 110,000 per second, 0.2 to 0.4 at
  20,000 to 50,000, where other programs use the same cores. Both at two seconds take that away, for 2 MiB at the peak.
- Larger heaps and fewer objects ([collection.md](collection.md)): 2 to 6 %, and nothing that could be told from noise. A quarter to a
  third of what a 304 of Halyard takes beyond a bare one is in the kernel, most of it for waking the load generator.
- \`BUN_JSC_minEdenToOldGenerationRatio\` of 0.02 to 0.1, which puts such collections off: 0.4 to 0.7 µs less for a 304, but 5 µs
  more, of 68, for random users and 350 flags.
- Fewer calls between Bun's callback and the copy that is sent. There are: the object around the request (address, method), one
  look into a map, three headers (four for definitions), their comparisons, four small functions that count, two classes of replies
  told apart, the copy. All of it in one function with a map of its own in the host: 0.35 and 0.2 µs less in a run, 0.15 in
  another. Memory asked with Bun's own request, without an object around it: 0.3 less, then 0.03 (45 rounds). The copy
  sent without looking at anything else: 0.02 more. One counter: 0.12 more. Plain fields and one constructor instead of private
  fields and two: 0.09 more. The rounds differ by 0.3 µs.
- Pages of 2 MiB (\`MIMALLOC_ALLOW_THP=1\`): 0.17 µs less for frontend, 0.06 more for definitions, 20 MiB more after the load and 35 at the
  peak.
- Without any gain that could be told from noise (0.2 µs): Bun's table of routes instead of one handler, one counter instead of
  three, no object around Bun's request, credentials compared before they are cut at a comma, the last address compared
  before the map is asked, all headers read in one call, \`useConcurrentGC=false\`.

On Node's HTTP server a 304 takes 24 to 28 µs, 1.6 of them in Halyard (0.55 to find the answer, 0.4 in the server's handler, 0.3 each to
read headers and to send). The others are those of \`node:http\` and of the system call, with nothing that could be left out.
`;
