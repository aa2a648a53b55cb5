/** A range of polling intervals, in milliseconds. */
export type IntervalBucket = readonly [fromMs: number, toMs: number];

/** What polls: SDKs fetching definitions, or SDKs sending metrics. */
export type Consumption = 'features' | 'metrics';

const limitMs = 3_600_000;
const shapes: Readonly<Record<Consumption, { readonly firstMs: number; readonly stepMs: number }>> = {
  features: { firstMs: 15_000, stepMs: 5_000 },
  metrics: { firstMs: 60_000, stepMs: 60_000 },
};

/** Which consumption a path counts as; undefined for none. */
export function consumptionOf(path: string): Consumption | undefined {
  if (path.endsWith('/api/client/features') || path.endsWith('/api/client/delta')) return 'features';
  return path.endsWith('/api/client/metrics') ? 'metrics' : undefined;
}

/**
 * The bucket of a polling interval, as an SDK sends it.
 *
 * Source: Unleash Edge specification 18.6; vectors `interval_buckets_ms`.
 *
 * @param intervalMs undefined where the SDK did not say
 */
export function intervalBucket(consumption: Consumption, intervalMs: number | undefined): IntervalBucket {
  const { firstMs, stepMs } = shapes[consumption];
  const interval = intervalMs ?? firstMs;
  if (interval <= firstMs) return [0, firstMs];
  if (interval > limitMs) return [limitMs, limitMs];
  const from = firstMs + Math.floor((interval - firstMs) / stepMs) * stepMs;
  return [from, from + stepMs];
}
