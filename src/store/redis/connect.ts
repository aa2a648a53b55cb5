import { Cluster, Redis, type RedisOptions } from 'ioredis';
import type { RedisSettings } from './settings.ts';
import type { RedisTarget } from './target.ts';

/** The few commands that state needs. */
export interface RedisConnection {
  get(key: string): Promise<Buffer | null>;
  size(key: string): Promise<number>;
  set(key: string, value: Buffer): Promise<void>;
  remove(key: string): Promise<void>;
  /** Why the connection broke, where that is known. */
  readonly reason: () => string | undefined;
  /** Ends it at once. Commands under way fail. */
  drop(): void;
}

/** Opens a connection for a few commands. It never reconnects by itself: whoever uses it opens a new one. */
export type ConnectRedis = (target: RedisTarget, settings: RedisSettings, timeoutMs: number) => RedisConnection;

/** The real thing, over ioredis. */
export const connectRedis: ConnectRedis = (target, settings, timeoutMs) => {
  const client =
    target.mode === 'cluster' ? openCluster(target, settings, timeoutMs) : open(target, settings, timeoutMs);
  let reason: string | undefined;
  // The cause comes as an event, the commands only fail with "Connection is closed".
  client.on('error', (error: Error) => {
    reason = describe(error);
  });
  return {
    get: (key) => client.getBuffer(key),
    size: (key) => client.strlen(key),
    set: async (key, value) => {
      await client.set(key, value);
    },
    remove: async (key) => {
      await client.del(key);
    },
    reason: () => reason,
    drop: () => client.disconnect(),
  };
};

function open(target: RedisTarget, settings: RedisSettings, timeoutMs: number): Redis {
  const common = { ...commonOptions(target, settings, timeoutMs), db: target.database, retryStrategy: () => null };
  if (target.mode === 'unix') return new Redis({ ...common, path: target.path as string });
  if (target.mode === 'single') return new Redis({ ...common, ...target.addresses[0] });
  return new Redis({
    ...common,
    sentinels: [...target.addresses],
    name: target.master,
    sentinelUsername: settings.sentinelUsername,
    sentinelPassword: settings.sentinelPassword,
    enableTLSForSentinelMode: target.tls,
    ...(common.tls === undefined ? {} : { sentinelTLS: common.tls }),
    sentinelCommandTimeout: timeoutMs,
    sentinelRetryStrategy: () => null,
  });
}

function openCluster(target: RedisTarget, settings: RedisSettings, timeoutMs: number): Cluster {
  return new Cluster([...target.addresses], {
    redisOptions: commonOptions(target, settings, timeoutMs),
    clusterRetryStrategy: () => null,
    clusterNodeRetryStrategy: () => null,
    slotsRefreshTimeout: timeoutMs,
    // While a failed node is being replaced, the others are asked again until the time is up.
    maxRedirections: 64,
    retryDelayOnFailover: 100,
    retryDelayOnClusterDown: 100,
  });
}

/** What all connections have in common. */
export function commonOptions(target: RedisTarget, settings: RedisSettings, timeoutMs: number) {
  const tls = {
    rejectUnauthorized: !target.tlsInsecure,
    ...(settings.tlsRoot === undefined ? {} : { ca: settings.tlsRoot }),
  };
  return {
    ...(target.username === undefined ? {} : { username: target.username }),
    ...(target.password === undefined ? {} : { password: target.password }),
    ...(target.tls ? { tls } : {}),
    connectTimeout: timeoutMs,
    maxRetriesPerRequest: 0,
    // Understood by every server that is still around; the newer one starts with a command that old ones refuse.
    protocol: 2,
    disableClientInfo: true,
    connectionName: 'halyard',
  } satisfies RedisOptions;
}

function describe(error: Error): string {
  const { lastNodeError } = error as { lastNodeError?: Error };
  const { code } = error as { code?: unknown };
  const text = lastNodeError?.message ?? error.message;
  return text || String(code ?? 'unknown');
}
