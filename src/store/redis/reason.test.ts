import { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { redisReason } from './reason.ts';

it('says in plain words that there is no connection', async () => {
  const redis = new Redis({ port: 1, lazyConnect: true, enableOfflineQueue: false, retryStrategy: null });
  redis.on('error', () => undefined);
  const reason = redis.get('key').then(String, redisReason);
  expect(await reason).toBe('there is no connection to it');
  redis.disconnect();
  expect(redisReason(new Error('Connection is closed.'))).toBe('there is no connection to it');
});

it('leaves what Redis says', () => {
  expect(redisReason(new Error('NOAUTH Authentication required.'))).toBe('NOAUTH Authentication required.');
  expect(redisReason('lost')).toBe('lost');
});
