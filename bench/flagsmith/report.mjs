// docs/performance/flagsmith.md and its chart.
import { aboutGenerator } from '../load/awake.mjs';
import { largeDocuments } from './large-documents.mjs';
import { titleOf } from './subjects.mjs';
import { orderOfRound, speedAgainst, warmupTimes } from './turns.mjs';
import { datasets, workloads } from './workloads.mjs';

const count = (value) => Math.round(value).toLocaleString('en-US');
const ms = (value) => (value < 10 ? value.toFixed(2) : value.toFixed(1));

function bareOf(results, { dataset, workload }) {
  return results.loads.find((row) => row.dataset === dataset && row.workload === workload && row.subject === 'bare');
}

const failed = (row) => (row.failed > 0 ? ` (**${row.failed} failed**)` : '');

/** The tables as rows of cells. */
export function tables(results, checks) {
  const loads = (results.loads ?? []).map((row) => [
    `${datasets[row.dataset].title}: ${workloads[row.workload].title}`,
    titleOf(row.subject),
    count(row.requestsPerSecond) + failed(row),
    `${((100 * row.requestsPerSecond) / bareOf(results, row).requestsPerSecond).toFixed(0)} %`,
    ms(row.cpuMicroseconds),
    ms(row.p50Ms),
    ms(row.p99Ms),
    count(row.residentKiB / 1024),
    `${Math.round(row.cpu * 100)} %`,
  ]);
  const inTurns = results.compared ?? [];
  const compared = orderOfRound(inTurns, 1).map((row) => [
    `${datasets[row.dataset].title}: ${workloads[row.workload].title}`,
    titleOf(row.subject),
    count(row.requestsPerSecond) + failed(row),
    ms(row.cpuMicroseconds),
    speedAgainst(inTurns, row)?.toFixed(2) ?? '',
  ]);
  const swaps = (results.swaps ?? []).map((row) => [
    ...[
      largeDocuments[row.document ?? 'identities'],
      titleOf(row.subject),
      count(row.swaps),
      count(row.requests),
      count(row.failed),
      ms(row.usualMs),
    ],
    ...[ms(row.stallMs), ms(row.typicalStallMs), ms(row.noiseMs), count(row.visibleAfterMs)],
    ...[count(row.residentKiB / 1024), count(row.loadRequestsPerSecond)],
  ]);
  return {
    promises: [
      ['Promise (Halyard on Bun)', 'Target', 'Measured', ''],
      ...checks.map(({ claim, target, measured, ok }) => [
        ...[claim, target, measured],
        ok === undefined ? '–' : ok ? 'pass' : '**FAIL**',
      ]),
    ],
    loads: [
      ['Load', 'Server', 'requests/s', 'of bare server', 'CPU µs each', 'p50 ms', 'p99 ms', 'memory MiB', 'CPU'],
      ...loads,
    ],
    compared: [['Load', 'Server', 'requests/s', 'CPU µs each', 'of the first set'], ...compared],
    swaps: [
      [
        ...['Document', 'Server', 'swaps', 'timed requests', 'failed', 'usual ms', 'worst stall ms', 'median stall ms'],
        ...['worst at other times ms', 'visible after ms', 'memory MiB', 'load requests/s'],
      ],
      ...swaps,
    ],
  };
}

function markdownTable([head, ...body]) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, i) => (i > 0 ? '---:' : '---'))), ...body.map(line)].join('\n');
}

/** The page. */
export function markdown(results, checks) {
  const { promises, loads, compared, swaps } = tables(results, checks);
  const { machine, settings, versions, foreignLoad } = results;
  const others = Object.entries(foreignLoad).map(([name, share]) => `${(share * 100).toFixed(0)} % (${name})`);
  return `# Flagsmith: requests per second

Measured on ${results.date} with \`npm run bench -- --suite flagsmith\`, which writes this page. One core for the server, another for the
load generator. Raw figures: [flagsmith.json](flagsmith.json).

![Requests per second on one core](flagsmith.svg)

${markdownTable(promises)}

${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.system}, ${machine.kernel}; ${versions}. Share of the machine that
other programs used meanwhile: ${others.join(', ')}. Where that is much, the figures are too low and stalls too long.
${results.note ? `\n${results.note}\n` : ''}
## Load

${markdownTable(loads)}

${settings.connections} keep-alive connections of \`wrk\`; medians of ${settings.rounds} interleaved rounds of ${settings.seconds} s, before the first ${settings.warmup} s of warm-up. One data
set was measured after the other; what more in a document costs is measured [in turns](#data-sets-in-turns). Random identities:
${count(5000)} different bodies in random order, half of which meet every condition of a segment; most answers are then joined from what
was [decided before](post-requests.md#identities-that-come-again). Identities that never come again: the same bodies, each
request with an identifier of its own, so that nothing is of use that was decided before. The promises are about random
identities; those that never come again show what deciding costs. Before the load both runtimes must give
the same bytes for the flags and 20 identities. The bare server is \`Bun.serve\` sending the bytes that Halyard sent, for identities
always those of one, and reading nothing but the path: the limit of Bun's HTTP server on this machine. CPU is what the listening
process used of its core: clearly less than 100 % means that the load generator was the limit.

${aboutGenerator(settings.loadGenerator)}

## Data sets in turns

${markdownTable(compared)}

A process for each of the data sets on each runtime, all of them at once; the data sets are loaded in turns, A B C in one round and B C A
in the next, so that a slow minute of the machine meets all of them. Medians of ${settings.rounds} rounds of ${settings.seconds} s, before the first ${warmupTimes * settings.warmup} s of
warm-up. The share is CPU time per request of the first data set by that of this one, the median of the ratios of each round, which other
programs disturb less than requests/s. The promises about what is "against none" are those of random identities here. Even processes
that are alike differ by some per cent.

## Swapping a large document

${markdownTable(swaps)}

Eight connections load the server with \`/flags/\`; four others time each of their requests while upstream changes its document
(polled every second). A stall is what the slowest request took longer than usual, from the change upstream until 500 ms after
the first answer made from it. "Worst at other times" is the same for the time without swaps: the noise of the machine.
`;
}

const colours = { 'halyard-bun': '#1d6fd8', 'halyard-node': '#7db4f2', bare: '#c3c9d2' };

/** The chart as an SVG document. */
export function chart(results) {
  const rows = results.loads ?? [];
  const largest = Math.max(1, ...rows.map((row) => row.requestsPerSecond));
  const groups = Object.entries(datasets).flatMap(([dataset, { title, workloads: list }]) =>
    list.map((workload) => ({
      title: `${title}: ${workloads[workload].title}`,
      rows: rows.filter((row) => row.dataset === dataset && row.workload === workload),
    })),
  );
  const width = 760;
  let y = 84;
  const drawn = [];
  for (const group of groups) {
    drawn.push(`<text x="24" y="${y + 12}">${group.title}</text>`);
    y += 20;
    for (const row of group.rows) {
      const length = Math.max(1, (row.requestsPerSecond / largest) * (width - 150));
      drawn.push(`<rect x="24" y="${y}" width="${length.toFixed(1)}" height="15" fill="${colours[row.subject]}"/>`);
      drawn.push(`<text x="${(length + 30).toFixed(1)}" y="${y + 12}">${count(row.requestsPerSecond)}</text>`);
      y += 18;
    }
    y += 12;
  }
  const legend = Object.entries(colours).map(([id, fill], i) => {
    const x = 24 + i * 170;
    return `<rect x="${x}" y="48" width="12" height="12" fill="${fill}"/><text x="${x + 18}" y="59">${titleOf(id)}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y}" width="${width}" height="${y}" role="img" aria-labelledby="title">
<title id="title">Requests per second on one core with Flagsmith's API</title>
<style>.page { fill: #ffffff } text { font: 12px system-ui, sans-serif; fill: #1f2937 } .head { font-size: 17px; font-weight: 600 }
@media (prefers-color-scheme: dark) { .page { fill: #0d1117 } text { fill: #e6edf3 } }</style>
<rect class="page" width="${width}" height="${y}" rx="8"/>
<text class="head" x="24" y="32">Flagsmith: requests per second, one core</text>
${legend.join('\n')}
${drawn.join('\n')}
</svg>
`;
}
