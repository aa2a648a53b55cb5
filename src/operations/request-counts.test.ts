import { expect, test } from 'vitest';
import { RequestCounts } from './request-counts.ts';

test('counts by endpoint and status', () => {
  const counts = new RequestCounts();
  counts.add('enabled', 200);
  counts.add('enabled', 200);
  counts.add('enabled', 304);
  counts.add('health', 200);
  expect([...counts.totals()]).toEqual([
    ['enabled 200', 2],
    ['enabled 304', 1],
    ['health 200', 1],
  ]);
});
