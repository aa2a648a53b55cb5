/** How the servers work together. */
export const redisModes = ['single', 'cluster', 'sentinel'] as const;
export type RedisMode = (typeof redisModes)[number];

/** Spellings of the connection's kind that operators may use. */
export const redisSchemes = ['tcp', 'tls', 'redis', 'rediss', 'redis-unix', 'unix'] as const;
export type RedisScheme = (typeof redisSchemes)[number];

/**
 * What operators say about Redis, unread.
 *
 * Source: Unleash Edge specification 1.2 and 17.3; Sentinel is an addition.
 */
export interface RedisSettings {
  /** Addresses as URLs. One for a single server, several for Cluster and Sentinel. */
  readonly urls: readonly string[];
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** Use TLS, whatever the scheme says. */
  readonly secure: boolean;
  /** Used with `host`; URLs say it themselves. */
  readonly scheme: RedisScheme;
  /** A URL with a Sentinel scheme wins over this. */
  readonly mode: RedisMode;
  /** Name under which the Sentinels know the servers. */
  readonly sentinelMaster?: string | undefined;
  /** Credentials for the Sentinels themselves, where they want any. */
  readonly sentinelUsername?: string | undefined;
  readonly sentinelPassword?: string | undefined;
  /** Additional trusted root, PEM. */
  readonly tlsRoot?: string | undefined;
  readonly readTimeoutMs: number;
  readonly writeTimeoutMs: number;
  /** Largest entry read or written. */
  readonly limitBytes: number;
}

/** The settings cannot work, whatever the servers say. The message holds no credential. */
export class RedisSettingsError extends Error {
  override readonly name = 'RedisSettingsError';
}
