import { expect, test } from 'vitest';
import { stopLimitMs } from './serve-shared.ts';

test.each([
  [10_000, 5_000, 5_000],
  [10_000, undefined, 10_000],
  [undefined, 7, 7],
  [undefined, undefined, 5_000],
])('a stop with the limits %s of Unleash Proxy and %s of Edge takes %d at most per step', (proxy, edge, expected) => {
  const limit = (shutdownTimeoutMs: number | undefined) => (shutdownTimeoutMs ? { shutdownTimeoutMs } : undefined);
  expect(stopLimitMs(limit(proxy), limit(edge))).toBe(expected);
});
