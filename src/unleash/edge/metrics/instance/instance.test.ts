import { beforeEach, describe, expect, it } from 'vitest';
import { edgeVectors } from '../../../../../test/support/edge-vectors.ts';
import { createEdgeMetrics, type RunningEdgeMetrics } from '../edge-metrics.ts';
import { reporter, TestLogger, TestTimers, TestUpstream } from '../testing.ts';
import { consumptionOf, intervalBucket } from './intervals.ts';
import { Latency, percentile } from './latency.ts';

describe('intervalBucket', () => {
  it.each(edgeVectors<{ endpoint: string; interval: number | null; bucket: number[] }[]>('interval_buckets_ms'))(
    '$endpoint $interval',
    ({ endpoint, interval, bucket }) => {
      expect(intervalBucket(consumptionOf(endpoint) ?? 'features', interval ?? undefined)).toEqual(bucket);
    },
  );
});

describe('latencies', () => {
  interface Vector {
    readonly buckets: readonly (readonly [number, number])[];
    readonly count: number;
    readonly p: number;
    readonly expect: number;
  }
  it.each(edgeVectors<Vector[]>('latency_percentile'))('p$p', ({ buckets, count, p, expect: expected }) => {
    expect(percentile(buckets, count, p)).toBe(expected);
  });

  it('summarises what it was given', () => {
    const latency = new Latency();
    expect(latency.summary()).toEqual({ avg: 0, count: 0, p99: 0 });
    for (const ms of [1, 3, 100_000]) latency.add(ms);
    expect(latency.summary()).toMatchObject({ avg: 100_004 / 3, count: 3 });
    expect(latency.summary().p99).toBeGreaterThan(2_000);
  });
});

describe('instance data', () => {
  let timers: TestTimers;
  let upstream: TestUpstream;
  let metrics: RunningEdgeMetrics;
  beforeEach(() => {
    timers = new TestTimers();
    upstream = new TestUpstream();
    metrics = createEdgeMetrics({
      access: upstream.access,
      identity: { appName: 'e', instanceId: 'i', connectionId: 'c', edgeVersion: '19.15.1', startedAtMs: 0 },
      intervalMs: 60_000,
      hosting: 'self-hosted',
      region: null,
      connectedStreams: () => 3,
      processUsage: () => ({ cpuSeconds: 1.5, residentBytes: 1000 }),
      timers,
      random: () => 0,
      logger: new TestLogger(),
    });
  });
  const sent = () => upstream.requests.map(({ body }) => JSON.parse(body));
  const child = (identifier: string, group: object) => ({
    identifier,
    appName: 'child',
    connectionConsumptionSinceLastReport: { features: [{ ...group, dataPoints: [] }], metrics: [] },
    requestConsumptionSinceLastReport: [{ ...group, requests: 4 }],
  });

  it('is reported every minute with what was counted', async () => {
    metrics.countRequest('/api/client/features', 'GET', 200, '20000', 4);
    metrics.countRequest('/api/client/features', 'GET', 304, undefined);
    metrics.countRequest('/api/client/features', 'GET', 403, undefined);
    metrics.countRequest('/api/client/metrics', 'POST', 202, undefined);
    metrics.countRequest('/api/frontend', 'GET', 200, undefined);
    metrics.countRequest('/api/frontend/features/x', 'GET', 404, undefined);
    metrics.observeFetch(10);
    metrics.start();
    await timers.advance(60_000);
    expect(upstream.requests[0]).toMatchObject({
      url: 'http://upstream/api/client/metrics/edge',
      headers: { Authorization: 'startup-token' },
    });
    expect(sent()[0]).toMatchObject({
      identifier: 'i',
      appName: 'e',
      hosting: 'self-hosted',
      region: null,
      edgeVersion: '19.15.1',
      processMetrics: { cpuUsage: 1.5, memoryUsage: 1000 },
      started: '1970-01-01T00:00:00.000Z',
      traffic: {
        get: { '/api/client/features': { avg: 4, count: 1 }, '/api/frontend': { count: 1 } },
        post: { '/api/client/metrics': { count: 1 } },
        cachedResponses: { '/api/client/features': { count: 1 } },
        accessDenied: { '/api/client/features': { count: 1 } },
      },
      latencyUpstream: { features: { avg: 10, count: 1 }, metrics: { count: 0 }, edge: { count: 0 } },
      requestsSinceLastReport: { '/api/client/features': { requests200: 1, requests304: 1 } },
      connectedStreamingClients: 3,
      connectedEdges: [],
      connectionConsumptionSinceLastReport: {
        features: [
          {
            meteredGroup: 'default',
            dataPoints: [
              { interval: [20_000, 25_000], requests: 1 },
              { interval: [0, 15_000], requests: 1 },
            ],
          },
        ],
        metrics: [{ meteredGroup: 'default', dataPoints: [{ interval: [0, 60_000], requests: 1 }] }],
      },
      requestConsumptionSinceLastReport: [{ meteredGroup: 'default', requests: 1 }],
    });
    await timers.advance(60_000);
    expect(sent()[1]).toMatchObject({
      requestsSinceLastReport: {},
      traffic: { post: { '/api/client/metrics': { count: 1 } } },
    });
  });

  it('passes on the Edges behind this one, in the spelling that parents read', async () => {
    metrics.acceptInstanceData(child('x', { metered_group: 'default' }), reporter('development'));
    metrics.acceptInstanceData(child('x', { meteredGroup: 'default' }), reporter('development'));
    metrics.acceptInstanceData(child('y', { metered_group: 'other' }), reporter('development'));
    expect(metrics.acceptInstanceData({}, reporter('development'))).toMatchObject({ ok: false });
    expect(metrics.instances()).toMatchObject({ this_instance: { identifier: 'i' }, connected_instances: [{}, {}] });
    metrics.start();
    await timers.advance(60_000);
    expect(sent()[0].connectedEdges).toMatchObject([
      { identifier: 'x', requestConsumptionSinceLastReport: [{ meteredGroup: 'default', requests: 4 }] },
      { identifier: 'y', requestConsumptionSinceLastReport: [{ meteredGroup: 'other', requests: 4 }] },
    ]);
    expect(JSON.stringify(sent()[0])).not.toContain('metered_group');
    expect(metrics.instances()).toMatchObject({ connected_instances: [] });
  });

  it('keeps its counts when a report fails, and asks less often where it is not wanted', async () => {
    metrics.countRequest('/api/frontend', 'GET', 200, undefined);
    metrics.acceptInstanceData(child('x', {}), reporter('development'));
    upstream.answer = () => 500;
    metrics.start();
    await timers.advance(60_000);
    upstream.answer = () => 'network';
    await timers.advance(60_000);
    upstream.answer = () => 404;
    await timers.advance(60_000);
    expect(sent().map((body) => body.requestConsumptionSinceLastReport[0].requests)).toEqual([1, 1, 1]);
    expect(metrics.instances()).toMatchObject({ connected_instances: [] });
    await timers.advance(119_000);
    expect(sent()).toHaveLength(3);
    await timers.advance(1_000);
    expect(sent()).toHaveLength(4);
    expect(sent()[3].requestConsumptionSinceLastReport[0].requests).toBe(0);
  });

  it('says and keeps nothing without a start-up token', async () => {
    upstream.startup = undefined;
    expect(metrics.acceptInstanceData(child('x', {}), reporter('development'))).toEqual({ ok: true });
    metrics.start();
    await timers.advance(60_000);
    expect(sent()).toEqual([]);
    expect(metrics.instances()).toMatchObject({ connected_instances: [] });
  });
});
