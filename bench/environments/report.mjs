// docs/performance/environments.md.
import { kinds } from './measure.mjs';

const mebibytes = (kib) => (kib / 1024).toFixed(0);

/** The page. */
export function markdown({ date, machine, versions, foreignLoad, settings, problems, rows }, titles, checks) {
  const table = (head, body) =>
    [head, head.map((_, i) => (i > 1 ? '---:' : '---')), ...body].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
  const figures = kinds.flatMap(({ id, title }) =>
    rows
      .filter((row) => row.kind === id)
      .map((row) => [
        ...[title, titles[row.subject], row.failed, row.stallMs.toFixed(1), row.typicalStallMs.toFixed(1)],
        ...[row.noiseMs.toFixed(1), row.visibleAfterMs.toFixed(0), mebibytes(row.startedKiB)],
        ...[mebibytes(row.residentKiB), mebibytes(row.peakKiB)],
      ]),
  );
  const columns = [
    ...['What changes', 'Server', 'failed', 'worst stall ms', 'typical ms', 'at other times ms', 'visible after ms'],
    ...['memory started MiB', 'after MiB', 'peak MiB'],
  ];
  const promises = checks.map(({ claim, target, measured, ok }) => [claim, target, measured, ok ? 'pass' : '**FAIL**']);
  return `# Many environments, and a very large one

Measured on ${date} with \`npm run bench -- --suite environments\`, which writes this page. Raw figures: [environments.json](environments.json).

${problems.map((problem) => `**Not measured:** ${problem}\n\n`).join('')}${table(['Promise', 'Target', 'Measured', ''], promises)}

${table(columns, figures)}

\`halyard edge\` runs on one core, asks upstream every 2 seconds, and is asked for the flags of random users all the time. The
first rows: 50 tokens, each with an environment of 350 flags. The last ones: a document of 20 MB, of which frontend clients
see a project with 350 flags and backend SDKs everything. Each of ${settings.swaps} changes touches a tenth of the flags of an
environment. A stall is what the slowest request waited longer than requests do under this load anyway; "typical" is the median of
the changes. "Visible" is the moment at which everything that changed is served, counted from upstream's first answer.

${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.system}, ${machine.kernel}; ${Object.entries(
    versions,
  )
    .map(([name, version]) => `${name} ${version}`)
    .join('; ')}. Other programs used ${(foreignLoad * 100).toFixed(1)} % of the machine meanwhile.
`;
}
