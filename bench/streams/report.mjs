// docs/performance/streams.md and its chart.
const titles = { bun: 'Halyard on Bun', node: 'Halyard on Node' };
const colours = { p50Ms: '#7db4f2', p99Ms: '#1d6fd8', maxMs: '#e0863a' };
const names = { p50Ms: 'half of the streams', p99Ms: '99 % of the streams', maxMs: 'all streams' };

/** The page. */
export function markdown({ date, machine, version, foreignLoad, problems, rows }, checks) {
  const table = (head, body) =>
    [head, head.map((_, i) => (i > 0 ? '---:' : '---')), ...body].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
  const promises = checks.map(({ claim, target, measured, ok }) => [claim, target, measured, ok ? 'pass' : '**FAIL**']);
  const figures = rows.map((row) => [
    ...[titles[row.runtime], row.streams.toLocaleString('en-US'), row.idleMegabytes, row.megabytesOverIdle],
    ...[row.kilobytesPerStream, row.openMs, row.p50Ms, row.p99Ms, row.maxMs],
  ]);
  const columns = [
    ...['Server', 'streams', 'idle MB', 'over idle MB', 'kB per stream', 'all open after ms'],
    ...['update p50 ms', 'p99 ms', 'slowest ms'],
  ];
  return `# Open streams

Measured on ${date} with \`npm run bench -- --suite streams\`, which writes this page. Raw figures: [streams.json](streams.json).

![Time from a change upstream until it has reached the streams](streams.svg)

${problems.map((problem) => `**Not measured:** ${problem}\n\n`).join('')}${table(['Promise', 'Target', 'Measured', ''], promises)}

${table(columns, figures)}

One process of \`halyard edge\` on one core follows the stream of an upstream with ${rows[0]?.flags ?? 0} flags; SDKs with tokens of four scopes
hold streams open. Upstream changes three flags; an update has arrived when a client has read it from its socket. All clients are
one process on the other core, which reads one after the other: its own share is in the figures.

${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.system}, ${machine.kernel}; Halyard ${version}. Other programs used
${(foreignLoad * 100).toFixed(1)} % of the machine meanwhile.
`;
}

/** The chart as an SVG document. */
export function chart({ rows }) {
  const width = 760;
  const largest = Math.max(1, ...rows.map(({ maxMs }) => maxMs));
  let y = 76;
  const drawn = [];
  for (const row of rows) {
    drawn.push(
      `<text x="24" y="${y + 12}">${titles[row.runtime]}, ${row.streams.toLocaleString('en-US')} streams</text>`,
    );
    y += 20;
    for (const [key, fill] of Object.entries(colours)) {
      const length = Math.max(1, (row[key] / largest) * (width - 150));
      drawn.push(`<rect x="24" y="${y}" width="${length.toFixed(1)}" height="15" fill="${fill}"/>`);
      drawn.push(`<text x="${(length + 30).toFixed(1)}" y="${y + 12}">${row[key]} ms</text>`);
      y += 18;
    }
    y += 12;
  }
  const legend = Object.entries(colours).map(([key, fill], i) => {
    const x = 24 + i * 190;
    return `<rect x="${x}" y="44" width="12" height="12" fill="${fill}"/><text x="${x + 18}" y="55">${names[key]}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y}" width="${width}" height="${y}" role="img" aria-labelledby="title">
<title id="title">Time until a change upstream has reached the streams</title>
<style>.page { fill: #ffffff } text { font: 12px system-ui, sans-serif; fill: #1f2937 } .head { font-size: 17px; font-weight: 600 }
@media (prefers-color-scheme: dark) { .page { fill: #0d1117 } text { fill: #e6edf3 } }</style>
<rect class="page" width="${width}" height="${y}" rx="8"/>
<text class="head" x="24" y="30">A change upstream has reached</text>
${legend.join('\n')}
${drawn.join('\n')}
</svg>
`;
}
