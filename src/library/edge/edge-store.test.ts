import { describe, expect, it } from 'vitest';
import { resolveArguments, splitArguments } from '../../config/command-line.ts';
import { edgeOptions } from '../../config/edge-options.ts';
import { recordingLogger } from '../../unleash/tokens/testing.ts';
import { openStateStore } from './edge-store.ts';

function open(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const raw = splitArguments(['--upstream-url', 'http://up', ...args], Object.values(edgeOptions));
  return openStateStore(resolveArguments(edgeOptions, raw, environment), recordingLogger());
}

describe('openStateStore', () => {
  it.each([
    [[], {}, undefined],
    [['--redis-url', 'redis://a:7'], {}, 'Redis a:7'],
    [['--redis-host', 'a'], {}, 'Redis a:6379'],
    [['--redis-host', 'a', '--backup-folder', '/tmp'], {}, 'Redis a:6379'],
    [['--redis-mode', 'cluster', '--redis-url', 'redis://a,redis://b:7'], {}, 'Redis cluster a:6379,b:7'],
    [
      ['--redis-mode', 'sentinel', '--redis-host', 'a,b', '--redis-sentinel-master', 'm', '--redis-secure'],
      {},
      'Redis sentinel a:26379,b:26379 (TLS)',
    ],
    [
      [],
      { REDIS_MODE: 'sentinel', REDIS_URL: 'redis://a:26379,redis://b:26379', REDIS_SENTINEL_MASTER: 'm' },
      'Redis sentinel a:26379,b:26379',
    ],
    [[], { REDIS_URL: 'redis-sentinel://a,b/2#m' }, 'Redis sentinel a:26379,b:26379'],
    [['--redis-url', 'redis-sentinel://u:p@a:1,b:2/0?master=m'], {}, 'Redis sentinel a:1,b:2'],
  ] as const)('%j %j is %s', async (args, environment, label) => {
    expect((await open(args, environment))?.label).toBe(label);
  });

  it.each([
    [['--redis-mode', 'sentinel'], /neither a URL nor a host/],
    [['--redis-sentinel-master', 'm'], /neither a URL nor a host/],
    [['--redis-password', 'p'], /neither a URL nor a host/],
    [['--redis-secure'], /neither a URL nor a host/],
    [['--redis-scheme', 'tls'], /neither a URL nor a host/],
    [['--redis-read-connection-timeout-milliseconds', '5'], /neither a URL nor a host/],
    [['--redis-password', 'p', '--backup-folder', '/tmp'], /neither a URL nor a host/],
    [['--redis-mode', 'sentinel', '--redis-host', 'a'], /name of the master/],
  ])('%j is refused', async (args, message) => {
    await expect(open(args)).rejects.toThrow(message);
  });
});
