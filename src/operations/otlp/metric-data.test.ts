import { AggregationTemporality, DataPointType, type MetricData } from '@opentelemetry/sdk-metrics';
import { expect, it } from 'vitest';
import { collectFamilies, prometheusText } from '../edge-prometheus.ts';
import { Histogram } from '../histogram.ts';
import { metricData } from './metric-data.ts';

const times = { start: [1, 0], now: [2, 0] } as const satisfies Record<string, readonly [number, number]>;
const at = { start: [...times.start] as [number, number], now: [...times.now] as [number, number] };
const find = (metrics: readonly MetricData[], name: string) =>
  metrics.find(({ descriptor }) => descriptor.name === name);

const histogram = new Histogram([1, 10]);
for (const value of [0.5, 1, 7, 50]) histogram.observe(value);
const page = prometheusText(
  collectFamilies([
    {
      name: 'halyard_requests_total',
      help: 'Finished requests.',
      type: 'counter',
      read: () => [
        [{ endpoint: '/a', status: 200 }, 3],
        [{ endpoint: 'say "hi"\\\n', status: 500 }, 1],
      ],
    },
    { name: 'halyard_reply_cache_bytes', help: 'Memory.', type: 'gauge', read: () => [[{ environment: 'dev' }, 7]] },
    {
      name: 'client_feature_fetch',
      help: 'Ms.',
      type: 'histogram',
      histograms: () => [[{ status_code: '200' }, histogram]],
    },
    { name: 'of_an_application', help: 'Made up.', type: 'gauge', read: () => [[{}, Number.NaN]] },
    { name: 'process_threads', help: 'Threads.', type: 'gauge', read: () => [[{}, 4]] },
  ]),
);

it('a counter becomes a cumulative monotonic sum, labels and all', () => {
  expect(find(metricData([{ name: 'edge', text: page }], at), 'halyard_requests_total')).toEqual({
    descriptor: expect.objectContaining({
      name: 'halyard_requests_total',
      description: 'Finished requests.',
      unit: '',
    }),
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
    dataPointType: DataPointType.SUM,
    isMonotonic: true,
    dataPoints: [
      { startTime: [1, 0], endTime: [2, 0], attributes: { endpoint: '/a', status: '200' }, value: 3 },
      { startTime: [1, 0], endTime: [2, 0], attributes: { endpoint: 'say "hi"\\\n', status: '500' }, value: 1 },
    ],
  });
});

it('a gauge stays one, with the unit of the table', () => {
  const gauge = find(metricData([{ name: 'edge', text: page }], at), 'halyard_reply_cache_bytes');
  expect(gauge).toMatchObject({ dataPointType: DataPointType.GAUGE, descriptor: { unit: 'By' } });
  expect(gauge?.dataPoints).toMatchObject([{ attributes: { environment: 'dev' }, value: 7 }]);
});

it('a histogram has its bounds, and counts of each bucket alone', () => {
  const found = find(metricData([{ name: 'edge', text: page }], at), 'client_feature_fetch');
  expect(found).toMatchObject({ dataPointType: DataPointType.HISTOGRAM, descriptor: { unit: 'ms' } });
  expect(found?.dataPoints).toMatchObject([
    {
      attributes: { status_code: '200' },
      value: { buckets: { boundaries: [1, 10], counts: [2, 1, 1] }, sum: 58.5, count: 4 },
    },
  ]);
});

it('families of nobody are exported as they are, values that are no numbers are not', () => {
  const text = 'something_else{a="1"} 5\n';
  expect(find(metricData([{ name: 'proxy', text }], at), 'something_else')).toMatchObject({
    dataPointType: DataPointType.GAUGE,
    dataPoints: [{ attributes: { a: '1' }, value: 5 }],
  });
  expect(find(metricData([{ name: 'edge', text: page }], at), 'of_an_application')).toBeUndefined();
});

it('several systems are told apart; what is the process’s is there once', () => {
  const metrics = metricData(
    [
      { name: 'edge', text: page },
      { name: 'flagsmith', text: page },
    ],
    at,
  );
  expect(find(metrics, 'halyard_reply_cache_bytes')?.dataPoints.map(({ attributes }) => attributes)).toEqual([
    { environment: 'dev', system: 'edge' },
    { environment: 'dev', system: 'flagsmith' },
  ]);
  expect(find(metrics, 'client_feature_fetch')?.dataPoints).toHaveLength(2);
  expect(find(metrics, 'process_threads')?.dataPoints).toMatchObject([{ attributes: {}, value: 4 }]);
});
