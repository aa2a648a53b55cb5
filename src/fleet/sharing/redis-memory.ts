import type { FleetRedis } from './fleet-redis.ts';
import type { Remembered, SharedMemory } from './shared-memory.ts';

const ifMine = "if redis.call('get', KEYS[1]) == ARGV[1] then";
const renewScript = `${ifMine} return redis.call('pexpire', KEYS[1], ARGV[2]) end return 0`;
const releaseScript = `${ifMine} return redis.call('del', KEYS[1]) end return 0`;
const writeScript = `${ifMine}
  redis.call('set', KEYS[2], ARGV[2], 'PX', ARGV[3])
  redis.call('del', KEYS[1])
  redis.call('publish', ARGV[4], ARGV[5])
  return 1
end
return 0`;

/**
 * A fleet's memory in Redis: a string per answer, a string per lease, one channel. Names have no credentials in them;
 * answers are what upstream says, and as sensitive as that.
 */
export function createRedisMemory({ commands, connected, subscribe, name, close }: FleetRedis): SharedMemory {
  const channel = `${name}:fleet:said`;
  // In a Cluster, braces keep what belongs together on one server.
  const answerKey = (exchange: string) => `${name}:fleet:{${exchange}}:answer`;
  const leaseKey = (exchange: string) => `${name}:fleet:{${exchange}}:lease`;
  return {
    async read(exchange): Promise<Remembered | undefined> {
      await connected();
      const [bytes, leftMs] = await Promise.all([
        commands.getBuffer(answerKey(exchange)),
        commands.pttl(answerKey(exchange)),
      ]);
      return bytes === null || leftMs <= 0 ? undefined : { bytes, leftMs };
    },
    async take(exchange, owner, ms) {
      await connected();
      return (await commands.set(leaseKey(exchange), owner, 'PX', Math.ceil(ms), 'NX')) === 'OK';
    },
    async renew(exchange, owner, ms) {
      await connected();
      return (await commands.eval(renewScript, 1, leaseKey(exchange), owner, Math.ceil(ms))) === 1;
    },
    async release(exchange, owner) {
      await commands.eval(releaseScript, 1, leaseKey(exchange), owner);
    },
    async write(exchange, owner, bytes, ms, message) {
      const keys = [leaseKey(exchange), answerKey(exchange)];
      const values = [owner, Buffer.from(bytes), Math.ceil(ms), channel, message];
      return (await commands.eval(writeScript, 2, ...keys, ...values)) === 1;
    },
    onMessage: (listener, onHeardAgain) => subscribe(channel, listener, onHeardAgain),
    close,
  };
}
