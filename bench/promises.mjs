// The values that the project promises, computed from results. A value that was not measured is neither pass nor fail.
import { find, memoryAfterLoad, ratio } from './results.mjs';

/** Requests per second against the original, one core, same run. */
export const times = (subject, dataset, workload, atLeast) => ({
  claim: ({ name, flags, load, reference }) =>
    `${name(subject)}: requests/s, ${flags(dataset)}, ${load(workload)}, against ${reference.title}`,
  target: `≥ ${atLeast} ×`,
  measure: (results, { reference }) =>
    ratio(results, { subject, dataset, workload }, 'requestsPerSecond', reference.id),
  holds: (value) => value >= atLeast,
  show: (value) => `${value.toFixed(1)} ×`,
});

/**
 * Requests per second against `Bun.serve` sending the same bytes in the same run. Where both kinds of load generator were
 * used, the ratio with the other one is shown beside the one that counts.
 */
export const ofBare = (subject, dataset, workload, atLeast) => ({
  claim: ({ name, flags, load }) =>
    `${name(subject)}: requests/s, ${flags(dataset)}, ${load(workload)}, against a bare server`,
  target: `≥ ${atLeast.toFixed(2)}`,
  measure: (results) => {
    const [counted, other] = [results.loads, results.otherLoads ?? []].map((loads) =>
      ratio({ loads }, { subject, dataset, workload }, 'requestsPerSecond', 'bare'),
    );
    return counted === undefined ? undefined : { counted, other, kept: !results.settings?.loadGenerator?.awake };
  },
  holds: ({ counted }) => counted >= atLeast,
  show: ({ counted, other, kept }) =>
    `${counted.toFixed(2)}${other === undefined ? '' : ` (${other.toFixed(2)} with a load generator that ${kept ? 'is kept awake' : 'sleeps'})`}`,
});

/** Resident memory after the loads of a feature set against the original's. */
export const memoryBelow = (subject, dataset, factor) => ({
  claim: ({ name, flags, reference }) =>
    `${name(subject)}: resident memory after load, ${flags(dataset)}, against ${reference.title}`,
  target: `< ${factor} ×`,
  measure: (results, { reference }) => {
    const own = memoryAfterLoad(results, subject, dataset);
    const other = memoryAfterLoad(results, reference.id, dataset);
    return own === undefined || other === undefined ? undefined : own / other;
  },
  holds: (value) => value < factor,
  show: (value) => `${value.toFixed(2)} ×`,
});

/** Resident memory of a started process that nobody asked anything yet. */
export const idleMemory = (subject, mebibytes) => ({
  claim: ({ name, flags }) => `${name(subject)}: resident memory when idle, ${flags('small')}`,
  target: `≤ ${mebibytes} MiB`,
  measure: (results) => find(results.starts, { subject, dataset: 'small' })?.idleKiB,
  holds: (value) => value <= mebibytes * 1024,
  show: (value) => `${Math.round(value / 1024)} MiB`,
});

/** What a feature set adds to an idle process, in multiples of the document's bytes. */
export const setMemory = (subject, dataset, factor) => ({
  claim: ({ name, flags }) => `${name(subject)}: memory for ${flags(dataset)} over idle, in sizes of the document`,
  target: `≤ ${factor} ×`,
  measure: (results) => {
    const [empty, full] = ['small', dataset].map((size) => find(results.starts, { subject, dataset: size })?.idleKiB);
    const bytes = results.documentBytes?.[dataset];
    return empty === undefined || full === undefined || !bytes ? undefined : ((full - empty) * 1024) / bytes;
  },
  holds: (value) => value <= factor,
  show: (value) => `${value.toFixed(1)} ×`,
});

export const swapFailures = (subject, dataset) => ({
  claim: ({ name, flags }) => `${name(subject)}: failed requests, sets of ${flags(dataset)} swapped in under load`,
  target: '0',
  measure: (results) => find(results.swaps, { subject, dataset })?.failed,
  holds: (value) => value === 0,
  show: String,
});

export const swapStall = (subject, dataset, atMostMs) => ({
  claim: ({ name, flags }) =>
    `${name(subject)}: worst stall of a request, sets of ${flags(dataset)} swapped in under load`,
  target: `≤ ${atMostMs} ms`,
  measure: (results) => find(results.swaps, { subject, dataset }),
  holds: ({ stallMs }) => stallMs <= atMostMs,
  show: ({ stallMs, noiseMs }) => `${stallMs.toFixed(1)} ms (${noiseMs.toFixed(1)} ms at other times)`,
});

export const start = (subject, dataset, withinMs) => ({
  claim: ({ name, flags }) => `${name(subject)}: start to first answer, ${flags(dataset)}`,
  target: `< ${withinMs} ms`,
  measure: (results) => find(results.starts, { subject, dataset })?.startMs,
  holds: (value) => value < withinMs,
  show: (value) => `${Math.round(value)} ms`,
});

export const noFailedLoads = {
  claim: () => 'Any server, any load: answers other than 2xx and 3xx, and socket errors',
  target: '0',
  measure: ({ loads, otherLoads = [] }) =>
    loads.length > 0 ? [...loads, ...otherLoads].reduce((total, { failed }) => total + failed, 0) : undefined,
  holds: (value) => value === 0,
  show: String,
};

/** Every promise of a suite with what was measured: `ok` is true, false, or undefined when the run did not measure it. */
export function checkPromises(suite, results) {
  const reference = suite.subjects.find((subject) => subject.reference);
  const words = {
    reference,
    name: (id) => suite.subjects.find((subject) => subject.id === id).title,
    flags: (id) => suite.flagSets[id].title,
    load: (id) => suite.workloads.find((workload) => workload.id === id).title,
  };
  return suite.promises.map(({ claim, target, measure, holds, show }) => {
    const value = measure(results, { reference });
    const row = { claim: claim(words), target };
    if (value === undefined) return { ...row, measured: 'not measured', ok: undefined };
    return { ...row, measured: show(value), ok: holds(value) };
  });
}
