// Renders docs/metrics.md from the tables of families in src/operations/metrics.

const modeNames = {
  proxy: 'Unleash Proxy',
  edge: 'Unleash Edge',
  offline: 'offline',
  flagsmith: 'Flagsmith',
  workers: 'workers',
};

/** The page. `own` and `adopted` are families by name. */
export function metricsPage(own, adopted) {
  return `# Metrics

<!-- Written by "npm run docs". Change src/operations/metrics instead. -->

Halyard serves Prometheus text at \`/proxy/internal-backstage/prometheus\` (Unleash Proxy mode and the demo),
\`/internal-backstage/metrics\` (Unleash Edge and offline mode) and \`/proxy/metrics\` (Flagsmith mode).
[Operations](operations.md) says how to scrape them, and brings alert rules and a dashboard.

A family may have no series yet: nothing is fetched in offline mode, and nothing was asked right after a start. Under
"Where", *workers* means: added by a group of processes (\`WORKERS\`), whatever its mode.

## Families of Halyard

They have the same name, type, labels and meaning in every mode that has them. \`environment\` is the name that the flag
system gives it; in Flagsmith mode, where names need not be unique, with the first characters of the client key.

${table(own)}

## Families under names of the originals

So that dashboards and alerts for Unleash Proxy and Unleash Edge go on working. Those that start with \`process_\` are what
Prometheus libraries agree on; they are there where the system tells the figure.

${table(adopted)}
`;
}

function table(families) {
  const rows = Object.entries(families).map(([name, { type, labels, unit, help, modes }]) => {
    const where = modes.map((mode) => modeNames[mode]).join(', ');
    const shown = labels.map((label) => `\`${label}\``).join(', ');
    return `| \`${name}\` | ${type} | ${shown} | ${unit} | ${help} | ${where} |`;
  });
  return ['| Name | Type | Labels | Unit | What it is | Where |', '|---|---|---|---|---|---|', ...rows].join('\n');
}
