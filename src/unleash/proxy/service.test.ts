import { describe, expect, test } from 'vitest';
import { createProxyConfig } from '../../config/proxy-config.ts';
import { UpstreamError } from '../../http/upstream/types.ts';
import {
  ManualTimers,
  recordingLogger,
  type Scripted,
  scriptedUpstream,
  settle,
  testIdentity,
} from '../upstream/testing.ts';
import type { IProxyOption, StorageProvider } from './config-types.ts';
import { ProxyService } from './service.ts';

const document = (name: string) => ({ version: 2, features: [{ name, enabled: true, strategies: [] }] });
const answer = (name: string): Scripted => ({ status: 200, body: JSON.stringify(document(name)) });

function setUp(script: Scripted[], options: IProxyOption = {}, storage?: Partial<StorageProvider>) {
  const timers = new ManualTimers();
  const logger = recordingLogger();
  const upstream = scriptedUpstream(...script);
  const kept: unknown[] = [];
  const config = createProxyConfig(
    { unleashUrl: 'http://u/api', unleashApiToken: 't', clientKeys: ['k'], logger, metricsInterval: 0, ...options },
    {},
  );
  const service = new ProxyService(config, {
    send: upstream.send,
    timers,
    random: () => 0.5,
    hostname: 'machine',
    storage: {
      get: storage?.get ?? (async () => undefined),
      set: storage?.set ?? (async (_key, data) => void kept.push(data)),
    },
    readTextFile: async (path) => {
      if (path !== '/flags.json') throw new Error('no such file');
      return JSON.stringify(document('from file'));
    },
    identity: testIdentity,
    elapsedMs: () => 0,
    yieldNow: async () => {},
  });
  const names = () => service.slot.current?.model.definitions.features.map(({ name }) => name);
  const start = async () => {
    service.start();
    await settle();
    await settle();
  };
  return { service, timers, logger, upstream, kept, names, start };
}

const down = new UpstreamError('network', 'down');

describe('ProxyService', () => {
  test('gets definitions, keeps them, and is ready', async () => {
    const { service, kept, names, start, logger } = setUp([answer('a')]);
    expect(service.source.isReady()).toBe(false);
    await start();
    await service.ready;
    expect(names()).toEqual(['a']);
    expect(kept).toEqual([{ ...document('a'), segments: undefined }]);
    expect(logger.lines).toEqual([
      'info Successfully synchronized with Unleash API. Proxy is now ready to receive traffic.',
    ]);
    expect(service.figures.polls).toEqual(new Map([['changed', 1]]));
    expect(service.figures.lastUpdateMs).toBe(1_000_000);
  });

  test('an empty set is a set', async () => {
    const { service, start } = setUp([{ status: 200, body: '{"features":[]}' }]);
    await start();
    expect(service.source.isReady()).toBe(true);
  });

  test('starts from the backup while upstream is down, and says so', async () => {
    const { start, names, logger } = setUp([down], {}, { get: async () => document('backup') });
    await start();
    expect(names()).toEqual(['backup']);
    expect(logger.lines.join()).toContain('definitions of an earlier run');
  });

  test.each([
    ['rejects', async () => Promise.reject(new Error('disk'))],
    ['is garbage', async () => 'garbage'],
    ['is empty', async () => ({ features: [] })],
  ])('a backup that %s is no reason to be ready', async (_name, get) => {
    const { service, start } = setUp([down], {}, { get });
    await start();
    expect(service.source.isReady()).toBe(false);
  });

  test('a backup that cannot be written is logged, and nothing else', async () => {
    const { service, start, logger } = setUp(
      [answer('a')],
      {},
      { set: async () => Promise.reject(new Error('disk full')) },
    );
    await start();
    expect(service.source.isReady()).toBe(true);
    expect(logger.lines).toContain('error Error: Unleash Repository error: disk full');
  });

  test.each<[string, IProxyOption['expBootstrap'], string]>([
    ['data', { data: document('given').features }, 'given'],
    ['a file', { filePath: '/flags.json' }, 'from file'],
    [
      'a provider',
      { bootstrapProvider: { readBootstrap: async () => document('provided').features }, data: [] },
      'provided',
    ],
  ])('starts from a bootstrap: %s', async (_name, expBootstrap, expected) => {
    const { start, names, kept } = setUp([down], expBootstrap ? { expBootstrap } : {});
    await start();
    expect(names()).toEqual([expected]);
    expect(kept).toHaveLength(1);
  });

  test('fetches a bootstrap without giving the upstream token away', async () => {
    const { start, names, upstream } = setUp([answer('fetched')], {
      expBootstrap: { url: 'http://bootstrap/', urlHeaders: { 'X-Own': '1' } },
    });
    await start();
    expect(names()).toEqual(['fetched']);
    const request = upstream.requests.find(({ url }) => url === 'http://bootstrap/');
    expect(request?.headers).toMatchObject({ 'X-Own': '1', 'unleash-appname': 'my-app' });
    expect(request?.headers.Authorization).toBeUndefined();
    expect(request?.headers['UNLEASH-INSTANCEID']).toBeUndefined();
  });

  test('a bad update changes nothing', async () => {
    const { start, timers, names, logger } = setUp([
      answer('good'),
      { status: 200, body: '{"features":' },
      { status: 200, body: '[]' },
    ]);
    await start();
    await timers.advance(10_000);
    expect(names()).toEqual(['good']);
    expect(logger.lines.filter((line) => line.startsWith('error'))).toHaveLength(2);
  });

  test('the same body again changes nothing, a delta that repeats itself neither', async () => {
    const { start, timers, service, kept } = setUp([answer('a'), answer('a'), answer('b'), answer('a')]);
    await start();
    await timers.advance(5_000);
    expect(service.slot.current?.revision).toBe(1);
    expect(service.figures.lastUpdateMs).toBe(1_005_000);
    await timers.advance(10_000);
    expect(service.slot.current?.revision).toBe(3);
    expect(kept).toHaveLength(3);
  });

  test('registers once ready and sends usage, the last of it when stopping', async () => {
    const { start, service, upstream, timers } = setUp([answer('a')], {
      metricsInterval: 60_000,
      customStrategies: [{ name: 'mine', isEnabled: () => true }],
    });
    await start();
    const register = upstream.requests.find(({ url }) => url.endsWith('/client/register'));
    expect(JSON.parse(register?.body ?? '').strategies).toContain('mine');
    service.source.named(['a', 'nobody'], { properties: {} });
    await service.stop(100);
    const metrics = upstream.requests.filter(({ url }) => url.endsWith('/client/metrics'));
    expect(metrics).toHaveLength(1);
    expect(JSON.parse(metrics[0]?.body ?? '').bucket.toggles).toEqual({
      a: { yes: 1, no: 0, variants: {} },
      nobody: { yes: 0, no: 1, variants: {} },
    });
    const before = upstream.requests.length;
    await timers.advance(1_000_000);
    expect(upstream.requests).toHaveLength(before);
  });
});
