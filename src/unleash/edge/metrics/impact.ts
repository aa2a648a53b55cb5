import { type MemoryBudget, plus } from './limits.ts';
import type { ImpactEntry, ImpactMetric, ImpactSample } from './types.ts';

const metricBytes = 300;
const sampleBytes = 200;

interface Kept {
  readonly entry: Omit<ImpactEntry, 'metric'> & { readonly metric: Omit<ImpactMetric, 'samples'> };
  readonly samples: Map<string, ImpactSample>;
  bytes: number;
}

/**
 * Impact metrics waiting to be sent, per application, environment and name. Samples with equal labels are merged:
 * counters and histograms add up, of anything else the last value counts. The label `origin` is set first, so that
 * later reports meet the same labels (specification 27, 20).
 *
 * Source: Unleash Edge specification 18.7.
 */
export class ImpactStore {
  readonly #metrics = new Map<string, Kept>();
  readonly #budget: MemoryBudget;

  constructor(budget: MemoryBudget) {
    this.#budget = budget;
  }

  get size(): number {
    return this.#metrics.size;
  }

  add({ appName, environment, metric }: ImpactEntry): void {
    const key = JSON.stringify([appName, environment, metric.name]);
    const kept = this.#metrics.get(key) ?? this.#create(key, { appName, environment, metric });
    if (kept === undefined) return;
    for (const sample of metric.samples) this.#addSample(kept, metric, withOrigin(sample));
  }

  /**
   * Keeps a metric that could not be sent. Gauges that changed meanwhile keep their newer value.
   */
  putBack(entry: ImpactEntry): void {
    const key = JSON.stringify([entry.appName, entry.environment, entry.metric.name]);
    const newer = this.#metrics.get(key);
    if (newer === undefined || addsUp(entry.metric)) {
      this.add(entry);
      return;
    }
    const missing = entry.metric.samples.filter((sample) => !newer.samples.has(labelsKey(sample)));
    this.add({ ...entry, metric: { ...entry.metric, samples: missing } });
  }

  list(): ImpactEntry[] {
    return Array.from(this.#metrics.values(), ({ entry, samples }) => ({
      ...entry,
      metric: { ...entry.metric, samples: [...samples.values()] },
    }));
  }

  /** Takes all metrics out. */
  take(): ImpactEntry[] {
    const entries = this.list();
    for (const { bytes } of this.#metrics.values()) this.#budget.release(bytes);
    this.#metrics.clear();
    return entries;
  }

  #create(key: string, { appName, environment, metric }: ImpactEntry): Kept | undefined {
    const { name, help, type } = metric;
    const bytes = metricBytes + (key.length + help.length) * 2;
    if (!this.#budget.take(bytes)) return undefined;
    const kept = { entry: { appName, environment, metric: { name, help, type } }, samples: new Map(), bytes };
    this.#metrics.set(key, kept);
    return kept;
  }

  #addSample(kept: Kept, metric: ImpactMetric, sample: ImpactSample): void {
    const key = labelsKey(sample);
    const known = kept.samples.get(key);
    if (known === undefined) {
      const bytes = sampleBytes + key.length * 4 + (sample.buckets?.length ?? 0) * 50;
      if (!this.#budget.take(bytes)) return;
      kept.bytes += bytes;
    }
    kept.samples.set(key, known === undefined ? sample : mergeSamples(metric, known, sample));
  }
}

/**
 * The metrics of an environment as they are sent: equal names of different applications become one metric.
 */
export function mergeAcrossApplications(entries: readonly ImpactEntry[]): ImpactMetric[] {
  const merged = new Map<string, { metric: ImpactMetric; samples: Map<string, ImpactSample> }>();
  for (const { metric } of entries) {
    let target = merged.get(metric.name);
    if (target === undefined) {
      target = { metric, samples: new Map() };
      merged.set(metric.name, target);
    }
    for (const sample of metric.samples) {
      const key = labelsKey(sample);
      const known = target.samples.get(key);
      target.samples.set(key, known === undefined ? sample : mergeSamples(metric, known, sample));
    }
  }
  return Array.from(merged.values(), ({ metric, samples }) => ({ ...metric, samples: [...samples.values()] }));
}

function withOrigin(sample: ImpactSample): ImpactSample {
  const labels: Record<string, string> = Object.assign(Object.create(null), sample.labels);
  labels.origin = 'edge';
  return { ...sample, labels };
}

/** Equal for equal labels, whatever their order. */
function labelsKey({ labels }: ImpactSample): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}

function addsUp({ type }: ImpactMetric): boolean {
  return type === 'counter' || type === 'histogram';
}

function mergeSamples(metric: ImpactMetric, old: ImpactSample, sample: ImpactSample): ImpactSample {
  if (!addsUp(metric)) return sample;
  if (metric.type === 'counter') return { ...sample, value: (old.value ?? 0) + (sample.value ?? 0) };
  const counts = new Map((old.buckets ?? []).map(({ le, count }) => [le, count]));
  for (const { le, count } of sample.buckets ?? []) counts.set(le, plus(counts.get(le) ?? 0, count));
  return {
    labels: sample.labels,
    count: plus(old.count ?? 0, sample.count ?? 0),
    sum: (old.sum ?? 0) + (sample.sum ?? 0),
    buckets: Array.from(counts, ([le, count]) => ({ le, count })),
  };
}
