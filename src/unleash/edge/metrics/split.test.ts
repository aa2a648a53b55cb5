import { describe, expect, it } from 'vitest';
import { edgeVectors } from '../../../../test/support/edge-vectors.ts';
import { groupByEnvironment, splitBatch } from './split.ts';
import type { Application, ImpactEntry, MetricsRow } from './types.ts';

const metadata = { sdkVersion: null, sdkType: null, yggdrasilVersion: null, platformName: null, platformVersion: null };
const timestampMs = Date.parse('1867-11-07T12:00:00Z');

const application = (n: number): Application => ({
  appName: `app_name_${n}`,
  instanceId: `instance-${n}`,
  environment: 'development',
  json: {
    appName: `app_name_${n}`,
    connectVia: [{ appName: 'edge', instanceId: 'some-instance-id' }],
    environment: 'development',
    projects: [],
    instanceId: `instance-${n}`,
    // The vectors leave some members open; these fit all their counts.
    connectionId: `connection-${n}`,
    interval: 10,
    started: '1867-11-07T12:00:00Z',
    strategies: [],
    ...metadata,
    sdkVersion: 'some-test-sdk:1.2.3',
    sdkType: 'backend',
  },
});
const row = (n: number, environment = 'development'): MetricsRow => ({
  appName: `app_name_${n}`,
  featureName: `toggle-${n}`,
  environment,
  timestampMs,
  yes: 1,
  no: 1,
  variants: new Map(),
  metadata,
});
const impact = (environment: string): ImpactEntry => ({
  appName: 'a',
  environment,
  metric: { name: 'm', help: '', type: 'counter', samples: [{ labels: {}, value: 1 }] },
});

interface SplitVectors {
  readonly limits: { single_request_lt_bytes: number; split_target_bytes: number };
  readonly cases: readonly { apps: number; metrics: number; '19_20': number }[];
}

describe('splitBatch', () => {
  const { cases, limits } = edgeVectors<SplitVectors>('batch_split');

  it.each(cases)('cuts $apps applications and $metrics rows like the original', ({ apps, metrics, ...expected }) => {
    const applications = Array.from({ length: apps }, (_, n) => application(n));
    const rows = Array.from({ length: metrics }, (_, n) => row(n));
    const parcels = splitBatch({ applications, rows, impact: [] });
    expect(parcels.length).toBe(expected['19_20']);
    const bodies = parcels.map((parcel) => JSON.parse(parcel.body()));
    expect(bodies.flatMap((body) => body.applications)).toEqual(applications.map(({ json }) => json));
    expect(
      bodies.flatMap((body) => body.metrics.map(({ featureName }: { featureName: string }) => featureName)),
    ).toEqual(rows.map(({ featureName }) => featureName));
    for (const parcel of parcels) {
      expect(Buffer.byteLength(parcel.body())).toBeLessThanOrEqual(parcel.bytes);
      expect(parcel.bytes).toBeLessThan(limits.single_request_lt_bytes);
    }
  });

  it('sends something too large alone, and halves down to single things', () => {
    const large = { ...row(0), featureName: 'x'.repeat(200_000) };
    const parcels = splitBatch({ applications: [], rows: [row(1), large, row(2)], impact: [] });
    expect(parcels.map(({ size }) => size)).toEqual([1, 1, 1]);
    expect(parcels[1]?.halves()).toBeUndefined();
    const [whole] = splitBatch({ applications: [application(1)], rows: [row(1), row(2)], impact: [impact('e')] });
    expect(whole?.halves()?.map(({ size }) => size)).toEqual([2, 2]);
  });

  it('has no parcel for nothing', () => {
    expect(splitBatch({ applications: [], rows: [], impact: [] })).toEqual([]);
  });
});

describe('groupByEnvironment', () => {
  interface Vector {
    readonly metrics?: Readonly<Record<string, number>>;
    readonly impact?: Readonly<Record<string, number>>;
    readonly applications_only?: boolean;
    readonly out: Readonly<Record<string, readonly [number, number]>>;
  }
  it.each(edgeVectors<Vector[]>('environment_batches'))('%o', (vector) => {
    const rows = Object.keys(vector.metrics ?? {}).map((environment) => row(1, environment));
    const entries = Object.keys(vector.impact ?? {}).map(impact);
    const groups = groupByEnvironment([application(1)], rows, entries);
    const found = Object.fromEntries(
      Array.from(groups, ([environment, group]) => [environment, [group.rows.length, group.impact.length]]),
    );
    expect(found).toEqual(vector.out);
    for (const group of groups.values()) expect(group.applications).toHaveLength(1);
  });
});
