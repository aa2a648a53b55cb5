/** Clients in code: an application's own, the one over an Unleash object, and the built-in one. Spec 7. */
import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { logEvents } from '../../src/flags/events/catalogue.ts';
import type { IClient } from '../../src/index.ts';
import { whoops } from '../support/proxy.ts';
import { eventually } from '../support/wait.ts';
import {
  type Application,
  expressVersions,
  halyard,
  key,
  type Listening,
  listen,
  namesIn,
  ordinaryOptions,
  silent,
  withUpstream,
} from './support/apps.ts';
import { requireInstalled } from './support/package.ts';

const required = { unleashUrl: 'http://127.0.0.1:9/api', unleashApiToken: 't', clientKeys: ['k1'], logger: silent };
const options = { ...required, enableAllEndpoint: true, expServerSideSdkConfig: { tokens: ['srv'] } };
const report = {
  appName: 'web',
  instanceId: 'browser',
  bucket: {
    start: '2026-01-01T00:00:00.000Z',
    stop: '2026-01-01T00:01:00.000Z',
    toggles: { a: { yes: '3', no: 1, variants: { v: 2 } } },
  },
};

class Recorder extends EventEmitter {
  readonly calls: unknown[][] = [];
  ready = true;
  answer: (method: string) => unknown = (method) => [{ name: method, enabled: true, own: { nested: [1] } }];
  setUnleashApiToken(token: string) {
    this.calls.push(['token', token]);
  }
  isReady() {
    return this.ready;
  }
  getEnabledToggles(...args: unknown[]) {
    return this.#called('enabled', args);
  }
  getDefinedToggles(...args: unknown[]) {
    return this.#called('defined', args);
  }
  getAllToggles(...args: unknown[]) {
    return this.#called('all', args);
  }
  getFeatureToggleDefinitions(...args: unknown[]) {
    return this.#called('definitions', args);
  }
  registerMetrics(...args: unknown[]) {
    return this.#called('metrics', args);
  }
  #called(method: string, args: unknown[]) {
    this.calls.push([method, ...args]);
    return this.answer(method);
  }
}

async function withClient(
  client: unknown,
  use: (server: Listening) => Promise<void>,
  more: object = {},
  app?: Application,
): Promise<void> {
  const made = halyard().createApp({ ...options, ...more }, client as IClient, app ?? expressVersions[0]?.[1]());
  const server = await listen(made);
  try {
    await use(server);
  } finally {
    await server.close();
    await made.halyard.close();
  }
}

describe('an own client', () => {
  it('answers everything; what it returns is sent as it is', async () => {
    const client = new Recorder();
    await withClient(
      client,
      async (server) => {
        const shown = (name: string) => `{"toggles":[{"name":"${name}","enabled":true,"own":{"nested":[1]}}]}`;
        expect((await server.get('/proxy?userId=a&plan=pro&environment=dev', key)).text).toBe(shown('enabled'));
        expect((await server.get('/proxy/all', key)).text).toBe(shown('all'));
        const asked = { toggles: ['x', 1], context: { userId: 7, custom: [1] } };
        expect((await server.postJson('/proxy', asked, key)).text).toBe(shown('defined'));
        const definitions = await server.get('/proxy/client/features', { authorization: 'srv' });
        expect(definitions.text).toBe(
          '{"version":2,"features":[{"name":"definitions","enabled":true,"own":{"nested":[1]}}]}',
        );
        expect((await server.postJson('/proxy/client/metrics', report, key)).text).toBe('OK');
        const [enabled, , defined, , metrics] = client.calls;
        // After enrichers, and before the configured environment replaces the client's.
        expect(enabled).toEqual([
          'enabled',
          {
            userId: 'a',
            environment: 'dev',
            remoteAddress: '127.0.0.1',
            properties: { plan: 'pro', enriched: true },
          },
        ]);
        expect(defined).toEqual([
          'defined',
          ['x', '1'],
          { userId: '7', remoteAddress: '127.0.0.1', properties: { custom: [1], enriched: true } },
        ]);
        expect(metrics).toEqual([
          'metrics',
          { ...report, bucket: { ...report.bucket, toggles: { a: { yes: 3, no: 1, variants: { v: 2 } } } } },
        ]);
      },
      {
        environment: 'forced',
        expCustomEnrichers: [
          (context: { properties: object }) => ({ ...context, properties: { ...context.properties, enriched: true } }),
        ],
      },
    );
  });

  it('is ready when it says so or emits `ready`, for good', async () => {
    const client = new Recorder();
    client.ready = false;
    await withClient(client, async (server) => {
      expect((await server.get('/proxy', key)).status).toBe(503);
      client.emit('ready');
      expect((await server.get('/proxy', key)).status).toBe(200);
    });
    const silentOne = { ...methodsOf(new Recorder()), isReady: () => true };
    await withClient(silentOne, async (server) => expect((await server.get('/proxy/health')).text).toBe('ok'));
  });

  it('may return promises', async () => {
    const client = new Recorder();
    client.answer = async (method) => [{ name: method, enabled: true }];
    await withClient(client, async (server) => {
      expect(namesIn(await server.get('/proxy', key))).toEqual(['enabled']);
      expect(namesIn(await server.postJson('/proxy', { toggles: ['x'] }, key))).toEqual(['defined']);
      expect((await server.get('/proxy/client/features', { authorization: 'srv' })).text).toContain('"definitions"');
    });
  });

  const circular: unknown[] = [];
  circular.push(circular);
  const hostile: readonly [kind: string, answer: () => unknown, message?: string][] = [
    [
      'throws',
      () => {
        throw new Error('client exploded');
      },
      'client exploded',
    ],
    [
      'throws nothing',
      () => {
        throw undefined;
      },
    ],
    ['rejects', () => Promise.reject(new Error('client rejected')), 'client rejected'],
    ['rejects with nothing', () => Promise.reject()],
    ['returns nothing', () => undefined, 'the client returned no list of toggles'],
    ['returns an object', () => ({ length: 1 }), 'the client returned no list of toggles'],
    ['returns what is no JSON', () => circular],
    ['returns a big integer', () => [{ name: 1n }]],
    [
      'returns a revoked proxy',
      () => {
        const { proxy, revoke } = Proxy.revocable([], {});
        revoke();
        return proxy;
      },
    ],
    ['never answers', () => new Promise(() => undefined), 'the client took longer than 200 ms'],
  ];

  it.each(hostile)('that %s fails its own request with 500', async (...[, answer, message]) => {
    const client = new Recorder();
    client.answer = answer;
    process.env.HALYARD_ENRICHER_TIMEOUT = '200';
    try {
      await withClient(client, async (server) => {
        for (const got of [await server.get('/proxy', key), await server.postJson('/proxy', { toggles: ['a'] }, key)]) {
          expect(got.status).toBe(500);
          expect(got.headers['content-type']).toBe('application/json; charset=utf-8');
          if (message !== undefined) expect(got.text).toBe(whoops(message));
        }
        expect((await server.get('/proxy/client/features', { authorization: 'srv' })).status).toBe(500);
        expect([200, 500]).toContain((await server.postJson('/proxy/client/metrics', report, key)).status);
        expect((await server.get('/proxy/health')).text).toBe('ok');
      });
    } finally {
      delete process.env.HALYARD_ENRICHER_TIMEOUT;
    }
  });

  it('that fails in isReady is not ready', async () => {
    const client = {
      ...methodsOf(new Recorder()),
      isReady: () => {
        throw new Error('x');
      },
    };
    await withClient(client, async (server) => expect((await server.get('/proxy', key)).status).toBe(503));
  });
});

describe('Client over an Unleash object', () => {
  class Unleash extends EventEmitter {
    isEnabled(name: string, context: { userId?: string } = {}) {
      return name !== 'off' && context.userId !== 'nobody';
    }
    getVariant(name: string, context: object = {}) {
      return { name: `${name} ${Object.keys(context).sort()}`, enabled: true };
    }
    getFeatureToggleDefinitions() {
      return [{ name: 'on', impressionData: true }, { name: 'off' }];
    }
  }
  class Metrics {
    readonly counts: unknown[] = [];
    started = 0;
    start() {
      this.started++;
    }
    count(...args: unknown[]) {
      this.counts.push(args);
    }
    countVariant(...args: unknown[]) {
      this.counts.push(args);
    }
  }

  it('evaluates, counts and becomes ready', async () => {
    const { Client, createProxyConfig } = halyard();
    const unleash = new Unleash();
    const metrics = new Metrics();
    const told: unknown[][] = [];
    const logger = {
      ...silent,
      logEvent: ({ code }: { code: string }, message: unknown) => told.push([code, message]),
    };
    const client = new Client(createProxyConfig({ ...required, logger, unleashAppName: 'mine' }), unleash, metrics);
    expect(client.isReady()).toBe(false);
    await withClient(client, async (server) => {
      expect((await server.get('/proxy', key)).status).toBe(503);
      unleash.emit('ready');
      expect(metrics.started).toBe(1);
      unleash.emit('error', new Error('logged, not thrown'));
      expect(told).toEqual([[logEvents.clientFailed.code, new Error('logged, not thrown')]]);
      client.setUnleashApiToken('another');
      expect(told[1]).toEqual([
        logEvents.tokenChangeIgnored.code,
        'setUnleashApiToken has no effect on an Unleash object that the application made',
      ]);
      expect(JSON.parse((await server.get('/proxy?userId=a', key)).text)).toEqual({
        toggles: [
          {
            name: 'on',
            enabled: true,
            variant: { name: 'on appName,environment,properties,remoteAddress,sessionId,userId', enabled: true },
            impressionData: true,
          },
        ],
      });
      const all = JSON.parse((await server.get('/proxy/all', key)).text).toggles;
      expect(all[1]).toEqual({
        name: 'off',
        enabled: false,
        variant: { name: 'disabled', enabled: false, feature_enabled: false },
      });
      const named = JSON.parse((await server.postJson('/proxy', { toggles: ['on', 'nope'] }, key)).text).toggles;
      expect(named.map((toggle: { impressionData: boolean }) => toggle.impressionData)).toEqual([true, false]);
      expect(named[0].variant.name).not.toContain('sessionId');
      expect(metrics.counts).toEqual([
        ['on', true],
        ['nope', true],
      ]);
      metrics.counts.length = 0;
      await server.postJson('/proxy/client/metrics', report, key);
      expect(metrics.counts).toEqual([
        ['a', true],
        ['a', true],
        ['a', true],
        ['a', false],
        ['a', 'v'],
        ['a', 'v'],
      ]);
      metrics.counts.length = 0;
      const flood = { ...report, bucket: { ...report.bucket, toggles: { a: { yes: 4_294_967_295, no: 0 } } } };
      expect((await server.postJson('/proxy/client/metrics', flood, key)).text).toBe('OK');
      expect(metrics.counts).toHaveLength(100_000);
      expect(told[2]).toEqual([
        logEvents.usageCutOff.code,
        'A report of usage was cut off: 4294867295 counts are left out',
      ]);
    });
    expect(told).toHaveLength(3);
    expect(() => new Client(createProxyConfig(required), undefined as never)).toThrow(TypeError);
  });
});

describe('the built-in client', () => {
  it('is in reach: ready promise and event, toggles in the same process, destroy (#46, #47, #52)', async () => {
    await withUpstream(async (upstream) => {
      const { createNewClient, createSingletonClient } =
        requireInstalled<typeof import('../../src/create-client.ts')>('halyard/dist/create-client');
      const { createApp, createProxyConfig } = halyard();
      const config = createProxyConfig({ ...ordinaryOptions(upstream), unleashInstanceId: 'built-in' });
      const client = createNewClient(config);
      let announced = 0;
      client.on('ready', () => announced++);
      expect(client.getEnabledToggles({})).toEqual([]);
      expect(client.getDefinedToggles(['x'], {})).toEqual([]);
      await client.ready;
      expect(client.isReady()).toBe(true);
      await eventually('the event', () => announced === 1);

      const app = createApp(ordinaryOptions(upstream), client);
      expect(app.halyard.client).toBe(client);
      const server = await listen(app);
      const overHttp = JSON.parse(
        (await server.get('/proxy?userId=alice&sessionId=s&remoteAddress=1.1.1.1', key)).text,
      );
      const context = { userId: 'alice', sessionId: 's', remoteAddress: '1.1.1.1' };
      expect(client.getEnabledToggles(context)).toEqual(overHttp.toggles);
      expect(client.getAllToggles(context).length).toBeGreaterThan(overHttp.toggles.length);
      expect(client.getDefinedToggles(['nope'], context)).toEqual([
        {
          name: 'nope',
          enabled: false,
          impressionData: false,
          variant: { name: 'disabled', enabled: false, feature_enabled: false, featureEnabled: false },
        },
      ]);
      expect(client.getFeatureToggleDefinitions().length).toBeGreaterThan(5);
      client.setUnleashApiToken('other');
      client.registerMetrics({ ...report, bucket: { ...report.bucket, toggles: { counted: { yes: 2 } } } });
      await server.close();
      await app.halyard.close();
      expect(upstream.of('metrics')).toHaveLength(0);
      await client.destroy();
      const [sent] = upstream.of('metrics');
      expect(sent?.headers.authorization).toBe('other');
      expect(JSON.parse(sent?.body ?? '').bucket.toggles.counted.yes).toBe(2);

      const [one, two] = [createSingletonClient(config), createSingletonClient({ ...config, unleashApiToken: 'b' })];
      expect(one).not.toBe(two);
      await Promise.all([one.ready, two.ready]);
      await Promise.all([one.destroy(), two.destroy()]);
    });
  });
});

function methodsOf(client: Recorder): object {
  const names = [
    'getEnabledToggles',
    'getDefinedToggles',
    'getAllToggles',
    'getFeatureToggleDefinitions',
    'registerMetrics',
  ];
  return Object.fromEntries(
    names.map((name) => [name, (client as unknown as Record<string, () => unknown>)[name]?.bind(client)]),
  );
}
