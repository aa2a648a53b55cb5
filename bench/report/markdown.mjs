// The page of a suite: everything a reader needs to judge the figures or to repeat them.
import { aboutGenerator } from '../load/awake.mjs';
import { loadTables, memoryTable, mustHoldTable, otherGeneratorTable, startTable, swapTable } from './tables.mjs';

/** The whole page. */
export function markdown(suite, results, checks) {
  const { settings } = results;
  const { id, title } = suite;
  const probe = `GET ${suite.probe.path.split('?')[0]}`;
  return `# Halyard beside ${title}

Measured on ${results.date} with \`${results.command}\`, which writes this page. Every server ran on one core, in the same
run, with the settings ${title} has by default. Raw figures: [${id}.json](${id}.json).

![Requests per second on one core, by number of flags and kind of load](${id}.svg)

${skipped(results.skipped)}${problems(results.problems)}${(results.notes ?? []).map((note) => `${note}\n\n`).join('')}${table(mustHoldTable(checks))}
## Machine and versions

${rows([
  ['', ''],
  ['Processor', `${results.machine.cpu}, ${results.machine.cores} cores`],
  ['Memory', `${results.machine.memoryGiB} GiB`],
  ['System', `${results.machine.system}, ${results.machine.kernel}`],
  ...Object.entries(results.versions).filter(([, version]) => version),
  ['used by other programs', foreignLoad(results.foreignLoad)],
])}

## Requests per second

Medians of ${settings.rounds} interleaved rounds. "Memory" is resident in the process that listens, right after the load; "with launcher" adds
the processes around it. "CPU µs each" is what a request cost the listening process in CPU time. "CPU" is what the listening process used of its core: clearly less than 100 % means that the load
generator was the limit and the server could do more. A cell where Halyard loses is marked.

${aboutGenerator(settings.loadGenerator)}

${loadTables(suite, results).map(table).join('\n')}
${otherwise(otherGeneratorTable(suite, results))}${results.starts.length > 0 ? table(startTable(suite, results)) : ''}
From starting the process to the first \`200\` on \`${probe}\`, with an upstream on the same machine and no backup file;
median of ${settings.starts} starts in turn, the slowest in parentheses.

${results.starts.length > 0 ? table(memoryTable(suite, results)) : ''}
Resident memory of the listening process two seconds after its first answer. In parentheses the size of the document.

${results.swaps.length > 0 ? table(swapTable(suite, results)) : ''}
While ${settings.connections} connections (8 with 5,000 flags) load the server with random users, four keep-alive connections of another client time
each of their requests, and the upstream changes a tenth of its flags ${settings.swaps} times (fetch interval: 1 s). "Usual" is the client's median
at other times: what a request spends behind those of the load. A stall is what the slowest request took longer than that,
from the moment the upstream is asked for the new set until 500 ms after the first answer made from it; the largest and the
median over all swaps. "Worst at other times" is the same for the time without swaps: the noise of the machine.
"Visible after" is the time from the fetch to the first new answer.

## Method

- One server at a time is loaded; server on one core, load generator, upstream and clients on another (\`taskset\`).
- ${settings.connections} keep-alive connections (8 with 5,000 flags) of \`wrk\` on one thread, ${settings.seconds} s each, in rounds A B C D, A B C D, …; before the first round
  ${settings.warmup} s of warm-up.
- Random users: a new user id and session id in each request. Compressed: \`Accept-Encoding: gzip, br\`.
- Before the load each server must give ${title}'s answers for twenty users, flags that draw lots per request left out.
- The bare server is \`Bun.serve\` sending the bytes and headers that ${title} sent for one user (for random users too), and
  reading nothing of the request. It is the limit of Bun's HTTP server on this machine, not a competitor; nginx sends the same
  bytes from a file. Halyard does not use that server for HTTP: it reads and writes HTTP itself on Bun's sockets, and can be above
  the bare server where an answer is small, because making objects of each request and collecting them costs that one
  more than Halyard's reading and answering does ([what the runtime costs](runtime.md)).
- A single answer other than 2xx or 3xx, or a single socket error, fails the run.
`;
}

const foreignLoad = (sections) =>
  Object.entries(sections)
    .map(([section, share]) => `${(share * 100).toFixed(1)} % of the machine (${section})`)
    .join(', ');

const skipped = (list) => (list ?? []).map((text) => `**Left out:** ${text}\n\n`).join('');

const otherwise = (data) =>
  data.rows.length > 0
    ? `${table(data)}
The loads whose answers have no body once more, in the same run: that is where waking the client weighs most. Kept awake, \`wrk\` asks for
replies again and again instead of sleeping (\`bench/load/awake.c\`), as clients behind a network cost no server anything.\n\n`
    : '';

const problems = (list) =>
  list.length > 0
    ? `**The run is incomplete:**\n\n${list.map((text) => `- ${text.split('\n')[0]}`).join('\n')}\n\n`
    : '';

const table = (data) => `### ${data.title}\n\n${rows([data.columns, ...data.rows], data.numeric)}\n`;

function rows([head, ...body], numeric = head.length) {
  const line = (cells) => `| ${head.map((_, i) => (cells[i] ?? '').replaceAll('|', '\\|')).join(' | ')} |`;
  const rule = `|${head.map((_, i) => (i >= numeric ? '---:' : '---')).join('|')}|`;
  return [line(head), rule, ...body.map(line)].join('\n');
}
