import { RedisSettingsError } from './settings.ts';
import type { RedisAddress } from './target.ts';

/** A Redis URL, read. */
export interface RedisUrl {
  readonly addresses: readonly RedisAddress[];
  readonly path: string | undefined;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly database: number;
  readonly tls: boolean;
  readonly tlsInsecure: boolean;
  readonly sentinel: boolean;
  readonly master: string | undefined;
}

const ports = { redis: 6379, sentinel: 26379 };

/**
 * Reads one Redis URL:
 *
 * - `redis://[user[:password]@]host[:port][/database]`, with TLS `rediss://`, also `valkey://` and `valkeys://`;
 *   `#insecure` accepts any certificate
 * - `unix:///path[?db=0&user=…&pass=…]`, also `redis+unix://`
 * - `redis-sentinel://[user[:password]@]host[:port][,host[:port]…][/database]#master`, with TLS `rediss-sentinel://`;
 *   also spelled with `+`; the master's name may be the query's `master` too
 *
 * @throws RedisSettingsError; its message repeats nothing of the URL but the scheme
 */
export function parseRedisUrl(text: string): RedisUrl {
  const match = /^([a-z+-]+):\/\//i.exec(text.trim());
  if (match === null) throw new RedisSettingsError('a Redis URL has to start with a scheme such as redis://');
  const scheme = (match[1] as string).toLowerCase();
  const rest = text.trim().slice(match[0].length);
  switch (scheme) {
    case 'redis':
    case 'valkey':
      return serverUrl(rest, false, false);
    case 'rediss':
    case 'valkeys':
      return serverUrl(rest, true, false);
    case 'redis-sentinel':
    case 'redis+sentinel':
      return serverUrl(rest, false, true);
    case 'rediss-sentinel':
    case 'rediss+sentinel':
      return serverUrl(rest, true, true);
    case 'unix':
    case 'redis+unix':
      return socketUrl(rest);
    default:
      throw new RedisSettingsError(`Redis cannot be reached through "${scheme}"`);
  }
}

/** Cut by hand, because lists of hosts are no URL. */
function serverUrl(rest: string, tls: boolean, sentinel: boolean): RedisUrl {
  const [beforeFragment = '', fragment = ''] = cut(rest, '#');
  const [beforeQuery = '', query = ''] = cut(beforeFragment, '?');
  const [authority = '', path = ''] = cut(beforeQuery, '/');
  const at = authority.lastIndexOf('@');
  const [username = '', password] = at < 0 ? [] : cut(authority.slice(0, at), ':');
  const hosts = authority.slice(at + 1).split(',');
  if (hosts.length > 1 && !sentinel) throw new RedisSettingsError('a Redis URL names one host; give several URLs');
  const parameters = new URLSearchParams(query);
  const master = parameters.get('master') ?? parameters.get('sentinelMasterId') ?? decode(fragment);
  return {
    addresses: hosts.map((host) => address(host, sentinel ? ports.sentinel : ports.redis)),
    path: undefined,
    username: decode(username) || undefined,
    password: password === undefined ? undefined : decode(password) || undefined,
    database: databaseOf(path || parameters.get('db')),
    tls,
    tlsInsecure: !sentinel && fragment === 'insecure',
    sentinel,
    master: sentinel ? master || undefined : undefined,
  };
}

function socketUrl(rest: string): RedisUrl {
  const [path = '', query = ''] = cut(rest, '?');
  const parameters = new URLSearchParams(query);
  if (path === '') throw new RedisSettingsError('a URL of a Unix socket needs a path');
  return {
    addresses: [],
    path: decode(path),
    username: parameters.get('user') ?? undefined,
    password: parameters.get('pass') ?? undefined,
    database: databaseOf(parameters.get('db')),
    tls: false,
    tlsInsecure: false,
    sentinel: false,
    master: undefined,
  };
}

function address(text: string, defaultPort: number): RedisAddress {
  const match = /^(?:\[([0-9a-f:.]+)\]|([^:[\]]+))(?::(\d+))?$/i.exec(text.trim());
  const host = match?.[1] ?? match?.[2];
  const port = match?.[3] === undefined ? defaultPort : Number(match[3]);
  if (host === undefined || port > 65_535) throw new RedisSettingsError('a Redis URL has no usable host and port');
  return { host, port };
}

function databaseOf(text: string | null): number {
  const digits = (text ?? '').replace(/\/$/, '');
  if (digits === '') return 0;
  if (!/^\d{1,5}$/.test(digits)) throw new RedisSettingsError('the path of a Redis URL has to be a database number');
  return Number(digits);
}

/** Cuts at the first separator. The second part is missing when there is none. */
function cut(text: string, separator: string): string[] {
  const index = text.indexOf(separator);
  return index < 0 ? [text] : [text.slice(0, index), text.slice(index + separator.length)];
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
