// Renders docs/metrics.md from the tables of families in src/operations/metrics.

const modeNames = {
  proxy: 'Unleash Proxy',
  edge: 'Unleash Edge',
  offline: 'offline',
  flagsmith: 'Flagsmith',
  workers: 'workers',
  fleet: 'fleet',
};

/** The page. `own` and `adopted` are families by name, `bounds` what is kept within bounds. */
export function metricsPage(own, adopted, bounds) {
  return `# Metrics

<!-- Written by "npm run docs". Change src/operations/metrics instead. -->

Halyard serves Prometheus text at \`/proxy/internal-backstage/prometheus\` (Unleash Proxy mode and the demo),
\`/internal-backstage/metrics\` (Unleash Edge and offline mode) and \`/proxy/metrics\` (Flagsmith mode).
[Operations](operations.md) says how to scrape them, and brings alert rules and a dashboard.

A family may have no series yet: nothing is fetched in offline mode, and nothing was asked right after a start. Under
"Where", *workers* means: added by a group of processes (\`WORKERS\`), and *fleet*: added by a member of a
[fleet](scaling.md#more-machines-a-fleet), whatever its mode.

## Families of Halyard

They have the same name, type, labels and meaning in every mode that has them. \`environment\` is the name that the flag
system gives it; in Flagsmith mode, where names need not be unique, with the first characters of the client key.

${table(own)}

## Evaluations and usage

Two questions look alike and have different answers: how much work Halyard does, and how flags are used.

\`halyard_evaluations_total\` is the work. A request that asks for all flags adds the number of flags that its credential
sees to one number, \`kind="bulk"\`; a flag that is asked for by name adds 1, \`kind="single"\`. \`api\` is what was asked:
\`frontend\` (Unleash Edge), \`proxy\` (Unleash Proxy, also on Edge), \`flagsmith\`, \`ofrep\`. An answer that came from a cache
counts like any other, a 304 too. There is no label for the flag: with 350 flags, 350 counters per request would cost more
than the answer does, and would tell nothing, since every client asks for every flag.

\`halyard_usage_total\` is the use: what SDKs report about the flags that applications really looked at, when the report comes
in, and flags that OpenFeature's server providers ask for by name. \`outcome\` is \`on\`, \`off\`, or \`unknown\`: Flagsmith's SDKs
report a count alone, unless split testing makes them report what they saw. \`halyard_usage_variants_total\` has the variants.
Both families are separate, because a use with a variant is in both.

The number of series is bounded, whatever clients send: only flags that the environment has get series of their own, at most
\`HALYARD_METRICS_FLAG_LIMIT\` (500) in one process; all other names are added up as \`flag="other"\`, so that sums stay right.
The same number bounds variants. \`0\` counts everything as \`other\`. How full both are is the bound \`usage_flags\` and
\`usage_variants\` below. Reports that another Edge hands on are its own to show, and are not counted a second time.

\`\`\`promql
sum by (api, kind) (rate(halyard_evaluations_total[5m]))
topk(10, sum by (flag) (rate(halyard_usage_total{environment="production"}[1h])))
sum by (flag) (rate(halyard_usage_total{outcome="on"}[1h])) / sum by (flag) (rate(halyard_usage_total[1h]))
\`\`\`

## Bounds

Everything that clients or upstream could fill has a bound. How full it is: \`halyard_bound_used\`, by \`bound\`; how full it may
become: \`halyard_bound_limit\`. \`when_full="evicts"\`: a cache, being full is normal. \`when_full="refuses"\`: what comes next is
refused, dropped, or not told apart: worth an alert. In a group of processes each has its own, \`worker\` says which; it is \`main\`
in the primary, and in a process that is alone. Where a bound holds per environment or scope, used and limit are sums over those that there are now.

${boundsTable(bounds)}

## Families under names of the originals

So that dashboards and alerts for Unleash Proxy and Unleash Edge go on working. Those that start with \`process_\` are what
Prometheus libraries agree on; they are there where the system tells the figure.

In \`http_server_duration_milliseconds\`, requests that are answered from Edge's memory of repeated requests, and those of
OpenFeature, count as 0 ms: reading the clock would cost a good part of what they take. Its quantiles and averages are lower for that.

${table(adopted)}
`;
}

function boundsTable(bounds) {
  const rows = Object.entries(bounds).map(([name, { unit, whenFull, setting, help, modes }]) => {
    const where = modes.map((mode) => modeNames[mode]).join(', ');
    return `| \`${name}\` | ${unit === 'bytes' ? 'bytes' : ''} | ${help} | ${whenFull} | ${setting} | ${where} |`;
  });
  return ['| Bound | Unit | What it is | When full | Set by | Where |', '|---|---|---|---|---|---|', ...rows].join(
    '\n',
  );
}

function table(families) {
  const rows = Object.entries(families).map(([name, { type, labels, unit, help, modes }]) => {
    const where = modes.map((mode) => modeNames[mode]).join(', ');
    const shown = labels.map((label) => `\`${label}\``).join(', ');
    return `| \`${name}\` | ${type} | ${shown} | ${unit} | ${help} | ${where} |`;
  });
  return ['| Name | Type | Labels | Unit | What it is | Where |', '|---|---|---|---|---|---|', ...rows].join('\n');
}
