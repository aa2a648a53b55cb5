import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RedisConnection } from './connect.ts';
import { createRedisStore } from './redis-store.ts';
import type { RedisSettings } from './settings.ts';

const settings: RedisSettings = {
  urls: ['redis://127.0.0.1:7001', 'redis://127.0.0.1:7002'],
  secure: false,
  scheme: 'redis',
  mode: 'cluster',
  readTimeoutMs: 300,
  writeTimeoutMs: 300,
  limitBytes: 1000,
};

const never = () => new Promise<never>(() => undefined);

describe('a cluster whose first node is dead and whose second says nothing', () => {
  const dropped: number[] = [];
  const limits: number[] = [];
  const connect = (_target: unknown, _settings: unknown, limitMs: number): RedisConnection => {
    const attempt = limits.push(limitMs);
    const afterAWhile = () =>
      new Promise<never>((_, reject) => setTimeout(() => reject(new Error('None of startup nodes is available')), 250));
    return {
      size: attempt === 1 ? afterAWhile : never,
      get: never,
      set: attempt === 1 ? afterAWhile : never,
      remove: never,
      reason: () => undefined,
      drop: () => void dropped.push(attempt),
    };
  };
  beforeEach(() => {
    vi.useFakeTimers();
    dropped.length = 0;
    limits.length = 0;
  });
  afterEach(() => void vi.useRealTimers());

  it.each(['load', 'save'] as const)(
    'gives the second attempt what is left, and tells the limit that was set: %s',
    async (what) => {
      const store = createRedisStore(settings, connect);
      const told = (what === 'load' ? store.load('tokens') : store.save('tokens', ['[]'])).catch(String);
      await vi.advanceTimersByTimeAsync(250);
      expect(limits).toEqual([300, 50]);
      expect(dropped).toEqual([1]);
      await vi.advanceTimersByTimeAsync(50);
      const verb = what === 'load' ? 'read tokens from' : 'write tokens to';
      expect(await told).toBe(
        `StateStoreError: cannot ${verb} Redis cluster 127.0.0.1:7001,127.0.0.1:7002: no answer within 300 ms`,
      );
      expect(dropped).toEqual([1, 2]);
    },
  );
});
