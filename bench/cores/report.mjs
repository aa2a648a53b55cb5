// docs/performance/cores.md and its chart.
const count = (value) => Math.round(value).toLocaleString('en-US');
const nameOf = ({ workers, cores }) =>
  `${workers === undefined ? '' : `${workers} ${workers === 1 ? 'worker' : 'workers'}, `}${cores} ${cores === 1 ? 'core' : 'cores'}`;

/** The page. */
export function markdown({ date, machine, versions, settings, foreignLoad, rows }, checks) {
  const table = (head, body) =>
    [head, head.map((_, i) => (i > 1 ? '---:' : '---')), ...body].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
  const promises = checks.map(({ claim, target, measured, ok }) => [claim, target, measured, ok ? 'pass' : '**FAIL**']);
  const loads = [...new Set(rows.map(({ load }) => load))];
  const figures = (load) =>
    rows
      .filter((row) => row.load === load)
      .map((row) => [
        ...[row.title, nameOf(row), count(row.requestsPerSecond), row.cpuMicroseconds.toFixed(1)],
        ...[row.p99Ms.toFixed(1), row.workers === 2 ? `${Math.round(row.busiestShare * 100)} %` : ''],
      ]);
  const columns = ['Server', '', 'requests/s', 'CPU µs each', 'p99 ms', 'busier worker'];
  return `# One core and two

Measured on ${date} with \`npm run bench -- --suite cores\`, which writes this page. Raw figures: [cores.json](cores.json).

![Requests per second on one core and on two](cores.svg)

${table(['Promise', 'Target', 'Measured', ''], promises)}

${loads.map((load) => `### ${load}\n\n${table(columns, figures(load))}`).join('\n\n')}

Medians of ${settings.rounds} interleaved rounds of ${settings.seconds + 1} s with 256 keep-alive connections. With one core for the server, the load
generator has the other one. **With two, the load generator runs on the same two cores** and takes what it needs of them, so
requests per second do not double on this machine; look at "CPU µs each", the CPU time of all processes of the server per
request, launcher and primary included. "Busier worker" is the share of the
connections that the worker with more of them has. The p99 of two workers on Node holds the first requests: Node hands
one connection over per turn of the worker's loop, so 256 that open at once wait for each other.

${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.system}, ${machine.kernel}; ${Object.entries(
    versions,
  )
    .map(([name, version]) => `${name} ${version}`)
    .join('; ')}. Other programs used ${(foreignLoad * 100).toFixed(1)} % of the machine meanwhile.
`;
}

/** The chart as an SVG document. */
export function chart({ rows }) {
  const width = 760;
  const colours = { 1: '#7db4f2', 2: '#1d6fd8' };
  const drawn = [];
  let y = 44;
  for (const load of new Set(rows.map((row) => row.load))) {
    const shown = rows.filter((row) => row.load === load);
    const most = Math.max(1, ...shown.map((row) => row.requestsPerSecond));
    drawn.push(`<text class="load" x="24" y="${y + 14}">${load}</text>`);
    y += 24;
    for (const row of shown) {
      const length = Math.max(1, (row.requestsPerSecond / most) * (width - 360));
      drawn.push(`<text x="24" y="${y + 12}">${row.title}: ${nameOf(row)}</text>`);
      drawn.push(`<rect x="270" y="${y}" width="${length.toFixed(1)}" height="15" fill="${colours[row.cores]}"/>`);
      drawn.push(`<text x="${(length + 276).toFixed(1)}" y="${y + 12}">${count(row.requestsPerSecond)}</text>`);
      y += 19;
    }
    y += 14;
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y}" width="${width}" height="${y}" role="img" aria-labelledby="title">
<title id="title">Requests per second on one core and on two</title>
<style>.page { fill: #ffffff } text { font: 12px system-ui, sans-serif; fill: #1f2937 } .head { font-size: 17px; font-weight: 600 } .load { font-weight: 600 }
@media (prefers-color-scheme: dark) { .page { fill: #0d1117 } text { fill: #e6edf3 } }</style>
<rect class="page" width="${width}" height="${y}" rx="8"/>
<text class="head" x="24" y="30">Requests per second; with two cores the load generator shares them</text>
${drawn.join('\n')}
</svg>
`;
}
