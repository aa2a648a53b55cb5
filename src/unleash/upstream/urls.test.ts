import { expect, test } from 'vitest';
import { upstreamUrls } from './urls.ts';

test.each([
  ['http://u/api', 'http://u/api/client/features', 'http://u/api/client/metrics'],
  ['http://u/api/', 'http://u/api/client/features', 'http://u/api/client/metrics'],
  ['http://u/api/features', 'http://u/api/client/features', 'http://u/api/client/metrics'],
  ['http://u/api//', 'http://u/api//client/features', 'http://u/api//client/metrics'],
  [
    'https://g/api/v4/feature_flags/unleash/42',
    'https://g/api/v4/feature_flags/unleash/42/client/features',
    'https://g/api/v4/feature_flags/unleash/42/client/metrics',
  ],
])('%s', (base, features, metrics) => {
  const urls = upstreamUrls(base, {});
  expect(urls.features).toBe(features);
  expect(urls.metrics).toBe(metrics);
  expect(urls.register).toBe(metrics.replace(/metrics$/, 'register'));
});

test('filters, in their order', () => {
  const tags = [
    { name: 'simple', value: 'proxy' },
    { name: 'demo', value: 'te st' },
  ];
  expect(upstreamUrls('http://u/api', { project: 'proj a', namePrefix: 'pre.', tags }).features).toBe(
    'http://u/api/client/features?project=proj+a&namePrefix=pre.&tag=simple%3Aproxy&tag=demo%3Ate+st',
  );
});
