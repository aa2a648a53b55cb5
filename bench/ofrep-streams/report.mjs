// docs/performance/ofrep-streams.md and its chart.
import { bucketMs, changes } from './measure.mjs';

const titles = { bun: 'Halyard on Bun', node: 'Halyard on Node' };
const colours = { nobody: '#7db4f2', some: '#1d6fd8', all: '#e0863a' };
const count = (value) => value.toLocaleString('en-US');
const percent = (share) => `${(share * 100).toFixed(1)} %`;
const titleOf = (id) => changes.find((change) => change.id === id)?.title ?? id;

/** The page. */
export function markdown({ date, machine, version, foreignLoad, problems, rows }, checks) {
  const table = (head, body) =>
    [head, head.map((_, i) => (i > 0 ? '---:' : '---')), ...body].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
  const promises = checks.map(({ claim, target, measured, ok }) => [claim, target, measured, ok ? 'pass' : '**FAIL**']);
  const memory = rows.map((row) => [
    ...[titles[row.runtime], count(row.streams), row.idleMegabytes, row.kilobytesPerStream, row.megabytesAfter],
    count(row.firstFetchesPerSecond),
  ]);
  const storms = rows.flatMap((row) =>
    row.storms.map((storm) => [
      ...[titles[row.runtime], titleOf(storm.id), count(storm.told), `${storm.firstToldMs} to ${storm.lastToldMs}`],
      ...[count(storm.fetched), percent(storm.notModifiedShare), count(storm.busiestPerSecond)],
      ...[storm.p50Ms, storm.p99Ms, storm.maxMs, storm.cpuSeconds],
    ]),
  );
  const streams = count(rows[0]?.streams ?? 0);
  return `# Event streams of OpenFeature clients

Measured on ${date} with \`npm run bench -- --suite ofrep-streams\`, which writes this page. Raw figures:
[ofrep-streams.json](ofrep-streams.json).

![Requests per second after a change, over time](ofrep-streams.svg)

${problems.map((problem) => `**Not measured:** ${problem}\n\n`).join('')}${table(['Promise', 'Target', 'Measured', ''], promises)}

## After a change

${table(
  [
    ...['Server', 'change', 'told', 'told after ms', 'fetched again', '304', 'busiest quarter, requests/s'],
    ...['p50 ms', 'p99 ms', 'slowest ms', 'CPU s'],
  ],
  storms,
)}

Each of ${streams} clients is somebody else, has fetched all ${rows[0]?.flags ?? 0} flags once, keeps the entity tag of that answer and holds an
event stream open. A change is told to all of them, in random order and spread over time (\`HALYARD_OFREP_STREAM_RATE\`,
\`HALYARD_OFREP_STREAM_SPREAD\`). Whoever is told does what the published web provider does: it waits 50 ms and fetches all
flags again, with the hint of the event and its own \`If-None-Match\`. Who has the same flags as before gets a 304 without a
body. "Busiest quarter" is the quarter of a second with the most requests, as requests per second. "CPU" is what the server
used for telling and answering all of them.

## Memory

${table(['Server', 'streams', 'idle MB', 'kB per stream', 'MB after three changes', 'first fetches/s'], memory)}

"Idle" is the server after everybody has fetched once and before anybody has a stream.

One process of \`halyard offline\` on one core; all clients are one process of Node on the other, whose own share is in the
times. Each has a connection of its own for its stream; fetches share 64.

${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.system}, ${machine.kernel}; Halyard ${version}. Other programs used
${(foreignLoad * 100).toFixed(1)} % of the machine meanwhile.
`;
}

const width = 760;
const left = 64;
const plotHeight = 170;

/** The chart as an SVG document: one plot per server, one line per change. */
export function chart({ rows }) {
  const buckets = Math.max(1, ...rows.flatMap(({ storms }) => storms.map(({ timeline }) => timeline.length)));
  const most = Math.max(1, ...rows.flatMap(({ storms }) => storms.map(({ busiestPerSecond }) => busiestPerSecond)));
  const top = Math.ceil(most / 1_000) * 1_000;
  const x = (bucket) => left + (bucket / buckets) * (width - left - 24);
  let y = 84;
  const drawn = [];
  for (const { runtime, storms, streams } of rows) {
    drawn.push(`<text x="24" y="${y}">${titles[runtime]}, ${count(streams)} clients</text>`);
    const from = y + 14;
    const height = (value) => from + plotHeight * (1 - value / top);
    for (const value of [0, top / 2, top]) {
      drawn.push(`<line class="rule" x1="${left}" x2="${width - 24}" y1="${height(value)}" y2="${height(value)}"/>`);
      drawn.push(`<text x="${left - 8}" y="${height(value) + 4}" text-anchor="end">${count(value)}</text>`);
    }
    for (const { id, timeline } of storms) {
      const points = [...timeline, 0].map((value, i) => `${x(i).toFixed(1)},${height(value).toFixed(1)}`).join(' ');
      drawn.push(`<polyline points="${points}" fill="none" stroke="${colours[id]}" stroke-width="2"/>`);
    }
    for (let second = 0; second * (1_000 / bucketMs) <= buckets; second++) {
      const at = x((second * 1_000) / bucketMs);
      drawn.push(`<text x="${at.toFixed(1)}" y="${from + plotHeight + 18}" text-anchor="middle">${second} s</text>`);
    }
    y = from + plotHeight + 48;
  }
  const legend = changes.map(({ id, title }, i) => {
    const at = 24 + i * 250;
    return `<rect x="${at}" y="44" width="12" height="12" fill="${colours[id]}"/><text x="${at + 18}" y="55">${title}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y}" width="${width}" height="${y}" role="img" aria-labelledby="title">
<title id="title">Requests per second after a change was told, over time</title>
<style>.page { fill: #ffffff } .rule { stroke: #d0d7de } text { font: 12px system-ui, sans-serif; fill: #1f2937 } .head { font-size: 17px; font-weight: 600 }
@media (prefers-color-scheme: dark) { .page { fill: #0d1117 } .rule { stroke: #30363d } text { fill: #e6edf3 } }</style>
<rect class="page" width="${width}" height="${y}" rx="8"/>
<text class="head" x="24" y="30">Requests per second after a change</text>
${legend.join('\n')}
${drawn.join('\n')}
</svg>
`;
}
