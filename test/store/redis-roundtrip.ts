/** Writes and reads one entry of the Redis that is given. Run by Bun. */
import { createRedisStore } from '../../src/store/redis/redis-store.ts';

const store = createRedisStore({
  urls: process.argv.slice(2),
  secure: false,
  scheme: 'redis',
  mode: 'single',
  readTimeoutMs: 30_000,
  writeTimeoutMs: 30_000,
  limitBytes: 1_000_000,
});
await store.save('unleash-tokens', ['ke', 'pt']);
console.log(Buffer.from((await store.load('unleash-tokens')) ?? []).toString());
