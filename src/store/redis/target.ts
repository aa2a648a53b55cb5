import { parseRedisUrl } from './parse-url.ts';
import { type RedisScheme, type RedisSettings, RedisSettingsError } from './settings.ts';

/** One server's address. */
export interface RedisAddress {
  readonly host: string;
  readonly port: number;
}

/** Where to connect to and how: the settings, read. */
export interface RedisTarget {
  readonly mode: 'single' | 'unix' | 'cluster' | 'sentinel';
  /** One for a single server, the known nodes of a Cluster, or the Sentinels. Empty for a Unix socket. */
  readonly addresses: readonly RedisAddress[];
  /** Path of the Unix socket. */
  readonly path: string | undefined;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly database: number;
  readonly tls: boolean;
  /** True accepts any certificate (`#insecure`). */
  readonly tlsInsecure: boolean;
  /** Sentinel only. */
  readonly master: string | undefined;
}

const noAddress = 'there are settings for Redis, but neither a URL nor a host is given';

const schemes: Readonly<Record<RedisScheme, string>> = {
  tcp: 'redis',
  tls: 'rediss',
  redis: 'redis',
  rediss: 'rediss',
  'redis-unix': 'redis+unix',
  unix: 'unix',
};

/**
 * Reads the settings. Ports in URLs stay unless a port is given separately: the original loses them (specification
 * 27, 8). In a Cluster only the URLs count, as in the original.
 *
 * @throws RedisSettingsError
 */
export function redisTarget(settings: RedisSettings): RedisTarget {
  const { mode } = settings;
  const urls = mode === 'cluster' ? settings.urls : addresses(settings);
  if (urls.length === 0) throw new RedisSettingsError(noAddress);
  const read = urls.map(parseRedisUrl);
  const [first] = read as [(typeof read)[0], ...typeof read];
  if (mode === 'cluster') {
    if (read.some(({ path }) => path !== undefined)) {
      throw new RedisSettingsError('a Cluster cannot be reached through Unix sockets');
    }
    if (read.some(({ sentinel }) => sentinel)) throw new RedisSettingsError('Cluster and Sentinel exclude each other');
    return { ...first, mode, addresses: read.flatMap((url) => url.addresses), database: 0, master: undefined };
  }
  const username = settings.username ?? first.username;
  const password = settings.password ?? first.password;
  const tls = settings.secure || first.tls;
  if (mode === 'sentinel' || first.sentinel) {
    const master = settings.sentinelMaster ?? read.find((url) => url.master !== undefined)?.master;
    if (master === undefined) throw new RedisSettingsError('Sentinel needs the name of the master');
    if (first.path !== undefined) throw new RedisSettingsError('Sentinels cannot be reached through Unix sockets');
    const sentinels = read.flatMap((url) => url.addresses);
    return { ...first, mode: 'sentinel', addresses: sentinels, username, password, tls, master };
  }
  return { ...first, mode: first.path === undefined ? 'single' : 'unix', username, password, tls };
}

/**
 * The URLs to use: the given ones, or the one that host and scheme make; with the separate port where given. Several
 * Sentinels may stand in one host setting, separated by commas.
 */
function addresses(settings: RedisSettings): string[] {
  const { host, port, scheme, mode } = settings;
  const urls = wholeUrls(settings.urls);
  const severalCount = mode === 'sentinel' || /^rediss?[-+]sentinel:/i.test(urls[0]?.trim() ?? '');
  if (urls.length > 0) return (severalCount ? urls : urls.slice(0, 1)).map((url) => withPort(url, port));
  if (host === undefined) return [];
  if (mode !== 'sentinel') return [withPort(`${schemes[scheme]}://${host}`, port)];
  // Their default port is another one, which the scheme says; and there are usually three.
  const sentinels = schemes[scheme] === 'rediss' ? 'rediss-sentinel' : 'redis-sentinel';
  return host.split(',').map((one) => withPort(`${sentinels}://${one.trim()}`, port));
}

/** The one URL that names several Sentinels has commas in it, where lists of URLs are cut. */
function wholeUrls(pieces: readonly string[]): string[] {
  const urls: string[] = [];
  for (const piece of pieces) {
    if (urls.length === 0 || piece.includes('://')) urls.push(piece);
    else urls.push(`${urls.pop()},${piece}`);
  }
  return urls;
}

function withPort(url: string, port: number | undefined): string {
  if (port === undefined || !URL.canParse(url)) return url;
  const changed = new URL(url);
  changed.port = String(port);
  return changed.href;
}

/**
 * The URL that single-server settings amount to.
 *
 * Source: Unleash Edge specification 17.3, vectors `cli.redis_url`.
 *
 * @throws RedisSettingsError
 */
export function redisUrl(settings: RedisSettings): string {
  const [base] = addresses(settings);
  if (base === undefined || !URL.canParse(base)) throw new RedisSettingsError(noAddress);
  const url = new URL(base);
  if (settings.password !== undefined) url.password = settings.password;
  if (settings.username !== undefined) url.username = settings.username;
  if (settings.secure) url.protocol = 'rediss:';
  return url.href;
}
