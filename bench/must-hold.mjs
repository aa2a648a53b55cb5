// The values that the project promises, computed from results. A value that was not measured is neither pass nor fail.
import { subjects } from './subjects.mjs';
import { datasets, workloads } from './workloads.mjs';

const name = (id) => subjects.find((subject) => subject.id === id).title;
const flags = (id) => datasets[id].title;
const load = (id) => workloads.find((workload) => workload.id === id).title;

const times = (subject, dataset, workload, atLeast) => ({
  claim: `${name(subject)}: requests/s, ${flags(dataset)}, ${load(workload)}, against Unleash Proxy`,
  target: `≥ ${atLeast} ×`,
  measure: (results) => ratio(results, { subject, dataset, workload }, 'requestsPerSecond'),
  holds: (value) => value >= atLeast,
  show: (value) => `${value.toFixed(1)} ×`,
});

const memory = (subject, dataset) => ({
  claim: `${name(subject)}: resident memory after load, ${flags(dataset)}, against Unleash Proxy`,
  target: '< 0.5 ×',
  measure: (results) => memoryRatio(results, subject, dataset),
  holds: (value) => value < 0.5,
  show: (value) => `${value.toFixed(2)} ×`,
});

const swapFailures = (subject, dataset) => ({
  claim: `${name(subject)}: failed requests, sets of ${flags(dataset)} swapped in under load`,
  target: '0',
  measure: (results) => find(results.swaps, { subject, dataset })?.failed,
  holds: (value) => value === 0,
  show: String,
});

const swapStall = (subject, dataset) => ({
  claim: `${name(subject)}: worst stall of a request, sets of ${flags(dataset)} swapped in under load`,
  target: '≤ 20 ms',
  measure: (results) => find(results.swaps, { subject, dataset }),
  holds: ({ stallMs }) => stallMs <= 20,
  show: ({ stallMs, noiseMs }) => `${stallMs.toFixed(1)} ms (${noiseMs.toFixed(1)} ms at other times)`,
});

const start = (subject, dataset) => ({
  claim: `${name(subject)}: start to first answer, ${flags(dataset)}`,
  target: '< 400 ms',
  measure: (results) => find(results.starts, { subject, dataset })?.startMs,
  holds: (value) => value < 400,
  show: (value) => `${Math.round(value)} ms`,
});

const failedLoads = {
  claim: 'Any server, any load: answers other than 2xx and socket errors',
  target: '0',
  measure: ({ loads }) => (loads.length > 0 ? loads.reduce((total, { failed }) => total + failed, 0) : undefined),
  holds: (value) => value === 0,
  show: String,
};

const mustHold = [
  times('halyard-bun', 'small', 'fixed', 7),
  times('halyard-bun', 'small', 'random', 7),
  times('halyard-bun', 'large', 'fixed', 12),
  times('halyard-bun', 'large', 'random', 7),
  times('halyard-node', 'small', 'fixed', 3),
  times('halyard-node', 'small', 'random', 3),
  times('halyard-node', 'large', 'fixed', 8),
  times('halyard-node', 'large', 'random', 4),
  memory('halyard-bun', 'small'),
  memory('halyard-bun', 'large'),
  ...['halyard-bun', 'halyard-node'].flatMap((subject) => [
    swapFailures(subject, 'large'),
    swapStall(subject, 'large'),
    swapFailures(subject, 'huge'),
    start(subject, 'small'),
    start(subject, 'large'),
  ]),
  failedLoads,
];

/** Every promise with what was measured: `ok` is true, false, or undefined when the run did not measure it. */
export function checkMustHold(results) {
  return mustHold.map(({ claim, target, measure, holds, show }) => {
    const value = measure(results);
    if (value === undefined) return { claim, target, measured: 'not measured', ok: undefined };
    return { claim, target, measured: show(value), ok: holds(value) };
  });
}

/** A subject's figure divided by Unleash Proxy's in the same row, or undefined when either is missing. */
export function ratio(results, { subject, dataset, workload }, key, against = 'unleash-proxy') {
  const own = find(results.loads, { subject, dataset, workload })?.[key];
  const other = find(results.loads, { subject: against, dataset, workload })?.[key];
  return own === undefined || other === undefined ? undefined : own / other;
}

/** The most memory that a subject held after any load of a feature set, in KiB. */
export function memoryAfterLoad(results, subject, dataset) {
  const rows = results.loads.filter((row) => row.subject === subject && row.dataset === dataset);
  return rows.length > 0 ? Math.max(...rows.map(({ residentKiB }) => residentKiB)) : undefined;
}

function memoryRatio(results, subject, dataset) {
  const own = memoryAfterLoad(results, subject, dataset);
  const other = memoryAfterLoad(results, 'unleash-proxy', dataset);
  return own === undefined || other === undefined ? undefined : own / other;
}

function find(rows, wanted) {
  return rows.find((row) => Object.entries(wanted).every(([key, value]) => row[key] === value));
}
