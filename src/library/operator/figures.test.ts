import { expect, test } from 'vitest';
import type { Family } from '../../operations/edge-prometheus.ts';
import { Histogram } from '../../operations/histogram.ts';
import { RequestFigures } from '../../operations/request-figures.ts';
import { edgeRequestFigures, exchangeFigures, memory, requestFigures } from './figures.ts';

const none = { '2xx': 0, '3xx': 0, '4xx': 0, '5xx': 0 };
const values = (figures: ReturnType<typeof requestFigures>) =>
  Object.fromEntries(figures.map(({ name, value }) => [name, value]));

test('requests are added up by class of status', () => {
  const totals = new Map([
    ['/proxy 200', 3],
    ['/proxy/all 200', 4],
    ['/proxy 304', 1],
    ['/other path 404', 2],
  ]);
  expect(values(requestFigures(totals))).toEqual({ ...none, '2xx': 7, '3xx': 1, '4xx': 2 });
  const edge = new RequestFigures();
  edge.count('/api/frontend', 'GET', 200, 1, 10);
  edge.count('/api/frontend', 'GET', 503, 1, 10);
  expect(values(edgeRequestFigures(edge))).toEqual({ ...none, '2xx': 1, '5xx': 1 });
});

test('exchanges are those that histograms measured', () => {
  const histogram = new Histogram([1, 2]);
  histogram.observe(1);
  histogram.observe(9);
  const families: Family[] = [
    { type: 'histogram', name: 'client_feature_fetch', help: '', histograms: () => [[{}, histogram]] },
    { type: 'gauge', name: 'other', help: '', read: () => [[{}, 5]] },
  ];
  expect(exchangeFigures(families)).toEqual([
    { group: 'upstream', name: 'fetches of features', value: 2, counter: true },
  ]);
});

test('a bound is told where there is one', () => {
  expect(memory('cache', 'replies', 5, 10)).toEqual({
    group: 'cache',
    name: 'replies',
    value: 5,
    limit: 10,
    unit: 'bytes',
  });
  expect(memory('cache', 'replies', 5)).not.toHaveProperty('limit');
});
