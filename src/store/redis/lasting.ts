import { Cluster, Redis } from 'ioredis';
import { commonOptions } from './connect.ts';
import type { RedisSettings } from './settings.ts';
import type { RedisTarget } from './target.ts';

/** Two connections that stay open and come back by themselves: subscribing ones take no other commands. */
export interface LastingRedis {
  readonly commands: Redis | Cluster;
  readonly messages: Redis | Cluster;
  close(): void;
}

const shortestWaitMs = 100;
const longestWaitMs = 5_000;

/**
 * Opens connections that last. While there is none, commands fail at once instead of piling up.
 *
 * @param random spreads the attempts of many processes; from 0 to 1
 */
export function openLastingRedis(
  target: RedisTarget,
  settings: RedisSettings,
  timeoutMs: number,
  random: () => number,
): LastingRedis {
  const wait = (attempt: number) =>
    Math.min(shortestWaitMs * 2 ** Math.min(attempt, 10), longestWaitMs) * (0.5 + random() / 2);
  const open = (): Redis | Cluster => {
    const common = {
      ...commonOptions(target, settings, timeoutMs),
      connectionName: 'halyard-fleet',
      commandTimeout: timeoutMs,
    };
    if (target.mode === 'cluster') {
      return new Cluster([...target.addresses], {
        redisOptions: common,
        clusterRetryStrategy: wait,
        enableOfflineQueue: false,
        slotsRefreshTimeout: timeoutMs,
        retryDelayOnFailover: shortestWaitMs,
        retryDelayOnClusterDown: shortestWaitMs,
      });
    }
    const single = { ...common, db: target.database, retryStrategy: wait, enableOfflineQueue: false };
    if (target.mode === 'unix') return new Redis({ ...single, path: target.path as string });
    if (target.mode === 'single') return new Redis({ ...single, ...target.addresses[0] });
    return new Redis({
      ...single,
      sentinels: [...target.addresses],
      name: target.master as string,
      ...(settings.sentinelUsername === undefined ? {} : { sentinelUsername: settings.sentinelUsername }),
      ...(settings.sentinelPassword === undefined ? {} : { sentinelPassword: settings.sentinelPassword }),
      enableTLSForSentinelMode: target.tls,
      ...(common.tls === undefined ? {} : { sentinelTLS: common.tls }),
      sentinelCommandTimeout: timeoutMs,
      sentinelRetryStrategy: wait,
    });
  };
  const commands = open();
  const messages = open();
  // Without a listener each broken connection would be printed; commands tell what is wrong.
  for (const client of [commands, messages]) client.on('error', () => undefined);
  return {
    commands,
    messages,
    close() {
      commands.disconnect();
      messages.disconnect();
    },
  };
}
