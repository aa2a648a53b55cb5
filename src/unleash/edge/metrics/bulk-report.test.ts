import { describe, expect, it } from 'vitest';
import { finish } from '../../../flags/steps.ts';
import { bulkReports } from './bulk-report.ts';

const { merge, halves, verdict } = bulkReports(1_000);

const row = (featureName: string, yes: number, hour = 1, more: object = {}) => ({
  featureName,
  appName: 'a',
  environment: 'development',
  timestamp: `2026-01-01T0${hour}:30:00Z`,
  yes,
  no: 0,
  variants: { v: yes },
  ...more,
});
const application = (instanceId: string, interval: number) => ({
  appName: 'a',
  instanceId,
  environment: 'development',
  connectVia: [{ appName: 'unleash-edge', instanceId: 'member' }],
  interval,
});
const counter = (value: number) => ({
  name: 'c',
  help: 'h',
  type: 'counter',
  samples: [{ labels: { origin: 'edge' }, value }],
});
const histogram = (count: number) => ({
  name: 'h',
  help: 'what it is',
  type: 'histogram',
  samples: [
    {
      labels: { origin: 'edge' },
      count,
      sum: count,
      buckets: [
        { le: 1, count },
        { le: '+Inf', count },
      ],
    },
  ],
});
const gauge = (value: number) => ({ ...counter(value), name: 'g', type: 'gauge' });

interface Body {
  readonly applications: readonly object[];
  readonly metrics: readonly { readonly featureName: string }[];
  readonly impactMetrics?: readonly object[];
}
const body = (given: object) => JSON.stringify({ applications: [], metrics: [], ...given });
const read = (text: string) => JSON.parse(text) as Body;

describe('bulk reports', () => {
  it('add up rows per hour, impact metrics by their kind, and keep the newest registration of an instance', () => {
    const merged = finish(
      merge([
        body({ metrics: [row('f', 1), row('f', 5, 2)], applications: [application('i', 1), application('j', 1)] }),
        'no JSON',
        '[]',
        body({ metrics: [row('f', 2), 'x'], impactMetrics: [counter(1), gauge(5), histogram(2)] }),
        body({ applications: [application('i', 2)], impactMetrics: [counter(2), gauge(4), histogram(3)] }),
      ]),
    );
    expect(merged).toHaveLength(1);
    const { applications, metrics, impactMetrics } = read(merged[0]!);
    expect(metrics).toMatchObject([row('f', 3), row('f', 5, 2)]);
    expect(applications).toEqual([application('j', 1), application('i', 2)]);
    expect(impactMetrics).toEqual([counter(3), gauge(4), histogram(5)]);
    expect(finish(merge(merged))).toEqual(merged);
  });

  it('go in parcels that upstream takes, and nothing is lost by that', () => {
    const rows = Array.from({ length: 1_000 }, (_, n) => row(`flag-${n}`, n));
    const parcels = finish(merge([body({ metrics: rows }), body({ metrics: rows })]));
    expect(parcels.length).toBeGreaterThan(1);
    expect(Math.max(...parcels.map((text) => Buffer.byteLength(text)))).toBeLessThan(102_400);
    expect(parcels.flatMap((text) => read(text).metrics)).toMatchObject(
      rows.map((one) => ({ featureName: one.featureName, yes: 2 * one.yes })),
    );
  });

  it('can be divided down to a single thing', () => {
    const both = halves(body({ metrics: [row('f', 1), row('g', 2)] }));
    expect(both?.map((half) => read(half).metrics.map(({ featureName }) => featureName))).toEqual([['f'], ['g']]);
    expect(halves(both![0])).toBeUndefined();
    expect(halves('x')).toBeUndefined();
  });

  it('are dropped where upstream says for good that it does not want them', () => {
    const statuses = [202, 413, 400, 401, 403, 404, 429, 503];
    const verdicts = ['taken', 'too-large', 'dropped', 'dropped', 'dropped', 'dropped', 'kept', 'kept'];
    expect(statuses.map(verdict)).toEqual(verdicts);
  });
});
