import { beforeEach, describe, expect, it } from 'vitest';
import { edgeVectors, isFor19 } from '../../../../test/support/edge-vectors.ts';
import type { RunningEdgeMetrics } from './edge-metrics.ts';
import { createTestMetrics, report, reporter, TestLogger, TestTimers, TestUpstream } from './testing.ts';

let timers: TestTimers;
let upstream: TestUpstream;
let metrics: RunningEdgeMetrics;
beforeEach(() => {
  timers = new TestTimers();
  upstream = new TestUpstream();
  metrics = createTestMetrics({ upstream, timers, logger: new TestLogger() });
});
const bulkBodies = () =>
  upstream.requests.filter(({ url }) => url.endsWith('/bulk')).map(({ body }) => JSON.parse(body));

describe('impact metrics', () => {
  type Sample = readonly [value: number, labels: Readonly<Record<string, string>> | null];
  interface Vector {
    readonly name: string;
    readonly tags?: readonly string[];
    readonly type?: string;
    readonly in?: readonly Sample[];
    readonly out?: readonly Sample[];
    readonly apps?: Readonly<Record<string, Sample>>;
    readonly out_metrics?: number;
    readonly out_samples?: number;
    readonly in_two_requests?: readonly Sample[];
  }
  const acceptImpact = (samples: readonly Sample[], type = 'counter', appName = 'a') =>
    metrics.acceptMetrics(
      {
        ...report({ yes: 1 }),
        appName,
        impactMetrics: [
          {
            name: 'm',
            help: 'h',
            type,
            samples: samples.map(([value, labels]) => (labels ? { value, labels } : { value })),
          },
        ],
      },
      reporter('development'),
      false,
    );
  const sentSamples = async () => {
    metrics.start();
    await timers.advance(0);
    return bulkBodies().flatMap(({ impactMetrics }) => impactMetrics) as {
      samples: { value: number; labels: object }[];
    }[];
  };

  it.each(edgeVectors<Vector[]>('impact_metrics'))('$name', async (vector) => {
    if (vector.in !== undefined) {
      acceptImpact(vector.in, vector.type);
      expect((await sentSamples())[0]?.samples).toEqual(vector.out?.map(([value, labels]) => ({ value, labels })));
    } else if (vector.apps !== undefined) {
      for (const [app, sample] of Object.entries(vector.apps)) acceptImpact([sample], 'counter', app);
      const sent = await sentSamples();
      expect(sent).toHaveLength(vector.out_metrics as number);
      expect(sent[0]?.samples).toHaveLength(vector.out_samples as number);
    } else {
      // The original's defect 20: the label comes first here, so that the samples merge.
      expect(isFor19(vector)).toBe(true);
      for (const sample of vector.in_two_requests ?? []) acceptImpact([sample]);
      expect((await sentSamples())[0]?.samples).toEqual([{ value: 3, labels: { l: 'a', origin: 'edge' } }]);
    }
  });

  it('adds histograms up and keeps the newest gauge when sending fails', async () => {
    const histogram = {
      labels: { l: 'a' },
      count: 2,
      sum: 3,
      buckets: [
        { le: 1, count: 1 },
        { le: '+Inf', count: 2 },
      ],
    };
    const body = {
      ...report({ yes: 1 }),
      impactMetrics: [{ name: 'h', help: '', type: 'histogram', samples: [histogram] }],
    };
    upstream.answer = () => 503;
    metrics.acceptMetrics(body, reporter('development'), false);
    acceptImpact([[1, null]], 'gauge');
    metrics.start();
    await timers.advance(0);
    metrics.acceptMetrics(body, reporter('development'), false);
    acceptImpact([[2, null]], 'gauge');
    upstream.answer = () => 202;
    upstream.requests.length = 0;
    await timers.advance(120_000);
    const sent = bulkBodies().flatMap(({ impactMetrics }) => impactMetrics);
    expect(sent.find(({ name }) => name === 'h').samples).toMatchObject([
      { count: 4, sum: 6, buckets: [{ count: 2 }, { count: 4 }] },
    ]);
    expect(sent.find(({ name }) => name === 'm').samples).toEqual([{ value: 2, labels: { origin: 'edge' } }]);
  });
});
