import { describe, expect, it } from 'vitest';
import { edgeVectors } from '../../../test/support/edge-vectors.ts';
import { parseRedisUrl } from './parse-url.ts';
import type { RedisScheme, RedisSettings } from './settings.ts';
import { redisTarget, redisUrl } from './target.ts';

const settings = (given: Partial<RedisSettings>): RedisSettings => ({
  urls: [],
  secure: false,
  scheme: 'redis',
  mode: 'single',
  readTimeoutMs: 2000,
  writeTimeoutMs: 2000,
  limitBytes: 1000,
  ...given,
});

interface UrlVector {
  readonly args: Readonly<Record<string, string | number | boolean>>;
  readonly out: string;
  readonly note?: string;
}

describe('redisUrl', () => {
  const { redis_url: vectors } = edgeVectors<{ redis_url: UrlVector[] }>('cli');
  it.each(vectors)('$args', ({ args, out, note }) => {
    const url = args['redis-url'] as string | undefined;
    const made = redisUrl(
      settings({
        urls: url === undefined ? [] : [url],
        host: args['redis-host'] as string | undefined,
        port: args['redis-port'] as number | undefined,
        username: args['redis-username'] as string | undefined,
        password: args['redis-password'] as string | undefined,
        secure: args['redis-secure'] === true,
        scheme: (args['redis-scheme'] as RedisScheme | undefined) ?? 'redis',
      }),
    );
    // The original's defect 8 is not copied: the port of the URL stays.
    expect(made).toBe(note === undefined ? out : url);
  });
});

describe('redisTarget', () => {
  it('lets separate settings win over the URL', () => {
    const target = redisTarget(
      settings({ urls: ['redis://a:b@host:1/3'], port: 2, username: 'u', password: 'p', secure: true }),
    );
    expect(target).toMatchObject({ mode: 'single', addresses: [{ host: 'host', port: 2 }], database: 3, tls: true });
    expect(target).toMatchObject({ username: 'u', password: 'p' });
  });

  it('puts a URL of several Sentinels together again, which a list of URLs was cut at', () => {
    const sentinels = [
      { host: 'a', port: 1 },
      { host: 'b', port: 26379 },
      { host: 'c', port: 3 },
    ];
    for (const text of [
      'redis-sentinel://u:p@a:1,b,c:3/2#master',
      'redis-sentinel://u:p@a:1/2,redis-sentinel://b,redis-sentinel://c:3/2#master',
    ]) {
      const target = redisTarget(settings({ urls: text.split(',') }));
      expect(target).toMatchObject({ mode: 'sentinel', master: 'master', username: 'u', password: 'p', database: 2 });
      expect(target.addresses).toEqual(sentinels);
    }
  });

  it('takes only the URLs for a Cluster', () => {
    const urls = ['rediss://u:p@a:1', 'rediss://b:2'];
    const target = redisTarget(settings({ mode: 'cluster', urls, port: 9, password: 'other' }));
    expect(target).toMatchObject({ mode: 'cluster', tls: true, username: 'u', password: 'p', database: 0 });
    expect(target.addresses).toEqual([
      { host: 'a', port: 1 },
      { host: 'b', port: 2 },
    ]);
  });

  it('makes Sentinels of hosts', () => {
    const common = { mode: 'sentinel', sentinelMaster: 'm', password: 'p' } as const;
    const [a, b] = ['a', 'b'].map((host) => ({ host, port: 26379 }));
    expect(redisTarget(settings({ ...common, host: 'a, b' }))).toMatchObject({
      mode: 'sentinel',
      addresses: [a, b],
      master: 'm',
      password: 'p',
      tls: false,
    });
    expect(redisTarget(settings({ ...common, host: 'a', port: 7, scheme: 'tls' }))).toMatchObject({
      addresses: [{ host: 'a', port: 7 }],
      tls: true,
    });
    expect(redisTarget(settings({ ...common, urls: ['redis://a:26379/3', 'redis://b:26379/3'] }))).toMatchObject({
      addresses: [a, b],
      database: 3,
    });
  });

  it('makes Unix sockets of host and scheme', () => {
    const target = redisTarget(settings({ host: '/run/redis.sock', scheme: 'unix', password: 'p' }));
    expect(target).toMatchObject({ mode: 'unix', path: '/run/redis.sock', password: 'p' });
  });

  it.each([
    [{}, /neither a URL nor a host/],
    [{ mode: 'cluster', host: 'a' }, /neither a URL nor a host/],
    [{ mode: 'cluster', urls: ['unix:///a'] }, /Unix sockets/],
    [{ mode: 'cluster', urls: ['redis-sentinel://a/#m'] }, /exclude each other/],
    [{ mode: 'sentinel', urls: ['redis://a'] }, /name of the master/],
    [{ mode: 'sentinel', urls: ['unix:///a'], sentinelMaster: 'm' }, /Unix sockets/],
  ] as [Partial<RedisSettings>, RegExp][])('refuses %o', (given, message) => {
    expect(() => redisTarget(settings(given))).toThrow(message);
  });
});

describe('parseRedisUrl', () => {
  it.each([
    ['redis://localhost', { addresses: [{ host: 'localhost', port: 6379 }], database: 0, tls: false }],
    ['valkeys://[::1]:7/4', { addresses: [{ host: '::1', port: 7 }], database: 4, tls: true }],
    ['redis://:p%40ss@h', { username: undefined, password: 'p@ss' }],
    ['redis://u@h/?db=5', { username: 'u', password: undefined, database: 5 }],
    ['rediss://h:1/#insecure', { tls: true, tlsInsecure: true }],
    ['redis+unix:///a%20b?db=2&user=u&pass=p', { path: '/a b', database: 2, username: 'u', password: 'p' }],
    [
      'rediss+sentinel://u:p@a,b:1/2?master=m',
      {
        addresses: [
          { host: 'a', port: 26379 },
          { host: 'b', port: 1 },
        ],
        sentinel: true,
        master: 'm',
        database: 2,
        tls: true,
      },
    ],
    ['redis-sentinel://a#m', { sentinel: true, master: 'm' }],
  ])('reads %s', (url, expected) => {
    expect(parseRedisUrl(url)).toMatchObject(expected);
  });

  it.each([
    '',
    'secret',
    'http://secret@h',
    'redis://a,b',
    'redis://:secret@',
    'redis://h/secret',
    'redis://h:99999',
    'unix://',
  ])('refuses %s, without repeating what may be secret', (url) => {
    expect(() => parseRedisUrl(url)).toThrow(/Redis|Unix/);
    expect(() => parseRedisUrl(url)).not.toThrow(/secret/);
  });
});
