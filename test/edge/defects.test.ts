/**
 * Section 27: what the original gets wrong and Halyard does not, row by row, over the API. Each part has closer tests
 * beside it.
 */
import { describe, expect, test } from 'vitest';
import type { StateStore } from '../../src/flags/state-store.ts';
import { UpstreamError } from '../../src/http/upstream/types.ts';
import { eventually } from '../support/wait.ts';
import { edgeInMemory, flag, scriptedUpstream } from './harness.ts';

const client = '*:development.client-secret';
const frontend = '*:development.frontend-secret';
const now = () => new Date().toISOString();
const report = (toggle: string, yes = 1) => ({
  appName: 'app',
  bucket: { start: now(), stop: now(), toggles: { [toggle]: { yes, no: 0 } } },
});

function world() {
  const upstream = scriptedUpstream();
  upstream.tokens.set(client, { type: 'client', environment: 'development', projects: ['*'] });
  upstream.tokens.set(frontend, { type: 'frontend', environment: 'development', projects: ['*'] });
  upstream.features.set(client, { version: 2, features: [flag('a'), flag('ab')] });
  return upstream;
}

async function edge(args: readonly string[] = ['--strict'], upstream = world(), store?: StateStore) {
  const made = await edgeInMemory(['--tokens', client, ...args], upstream, store);
  await made.start();
  return made;
}

/** Counts bulk reports, and answers them with a status or not at all. */
function withBulk(answer: () => number | 'network') {
  const upstream = world();
  const bulk: { metrics: { featureName: string; yes: number }[]; impactMetrics?: object[] }[] = [];
  const send: typeof upstream.send = async (request) => {
    if (!request.url.endsWith('/metrics/bulk')) return upstream.send(request);
    const status = answer();
    if (status === 'network') throw new UpstreamError('network', 'nobody there');
    bulk.push(JSON.parse(request.body ?? ''));
    return { status, body: Buffer.from(''), header: () => undefined };
  };
  return { ...upstream, send, bulk };
}

function memoryStore(kept: Readonly<Record<string, unknown>> = {}) {
  const texts = new Map(Object.entries(kept).map(([entry, value]) => [entry, JSON.stringify(value)]));
  const store: StateStore = {
    label: 'memory',
    load: async (entry) => (texts.has(entry) ? Buffer.from(texts.get(entry) ?? '') : undefined),
    async save(entry, text) {
      texts.set(entry, [...text].join(''));
    },
    async remove(entry) {
      texts.delete(entry);
    },
    close: async () => undefined,
  };
  return { store, read: (entry: string) => JSON.parse(texts.get(entry) ?? 'null') as unknown };
}

describe('section 27', () => {
  test('1: a refusal is forgotten after a while, and a token created meanwhile works', async () => {
    const { call, upstream, timers } = await edge();
    const token = '*:development.later';
    expect((await call('/api/frontend', { token })).status).toBe(403);
    upstream.tokens.set(token, { type: 'frontend', environment: 'development', projects: ['*'] });
    expect((await call('/api/frontend', { token })).status).toBe(403);
    await timers.advance(61_000);
    expect((await call('/api/frontend', { token })).status).toBe(200);
  });

  test('2: after failures, metrics wait eleven intervals at most, and one after the first', async () => {
    let tries = 0;
    const { call, timers } = await edge(
      ['--strict'],
      withBulk(() => {
        tries++;
        return 503;
      }),
    );
    await call('/api/client/metrics', { token: client, body: report('a') });
    await timers.advance(61_000);
    expect(tries).toBe(1);
    await timers.advance(121_000);
    expect(tries).toBe(2);
    await timers.advance(10 * 3_600_000);
    const before = tries;
    await timers.advance(661_000);
    expect(tries).toBe(before + 1);
  });

  test('3: a report that nobody answered is not lost', async () => {
    let away = true;
    const upstream = withBulk(() => (away ? 'network' : 202));
    const { call, timers } = await edge(['--strict'], upstream);
    await call('/api/client/metrics', { token: client, body: report('a', 7) });
    await timers.advance(130_000);
    expect(upstream.bulk).toEqual([]);
    away = false;
    await timers.advance(700_000);
    expect(upstream.bulk.flatMap(({ metrics }) => metrics)).toMatchObject([{ featureName: 'a', yes: 7 }]);
  });

  test('4: an application without an instance is one application', async () => {
    const { call } = await edge();
    const body = { appName: 'app', interval: 10, started: now(), strategies: [] };
    for (let i = 0; i < 5; i++) await call('/api/client/register', { token: client, body });
    const { applications } = (await call('/internal-backstage/metricsbatch')).json() as { applications: object[] };
    expect(applications).toHaveLength(1);
  });

  test('5: one flag is found by its whole name', async () => {
    const { call } = await edge();
    expect((await call('/api/client/features/ab', { token: client })).json()).toMatchObject({ name: 'ab' });
    expect((await call('/api/client/features/abc', { token: client })).status).toBe(404);
    const { name } = (await call('/api/client/features/a', { token: client })).json() as { name: string };
    expect(name).toBe('a');
  });

  test('6 and 16: 304 has the tag; conditions are weak and may be lists', async () => {
    const { call } = await edge();
    const tag = (await call('/api/client/features', { token: client })).headers.ETag ?? '';
    for (const condition of [tag, tag.replace('W/', ''), `"x", ${tag}`, '*']) {
      const reply = await call('/api/client/features', { token: client, headers: { 'if-none-match': condition } });
      expect([condition, reply.status, reply.headers.ETag]).toEqual([condition, 304, tag]);
    }
  });

  test('7: an update without flags of one project leaves those of others', async () => {
    const upstream = world();
    for (const project of ['a', 'b']) {
      upstream.tokens.set(`${project}:dev.x`, { type: 'client', environment: 'dev', projects: [project] });
      upstream.features.set(`${project}:dev.x`, { version: 2, features: [flag(`of-${project}`, project)] });
    }
    upstream.tokens.set('*:dev.f', { type: 'frontend', environment: 'dev', projects: ['*'] });
    const { call, timers } = await edge(['--tokens', 'a:dev.x,b:dev.x', '--strict'], upstream);
    upstream.features.set('b:dev.x', { version: 2, features: [] });
    await timers.advance(16_000);
    const names = async () => {
      const { toggles } = (await call('/api/frontend', { token: '*:dev.f' })).json() as { toggles: { name: string }[] };
      return toggles.map(({ name }) => name).join();
    };
    await eventually('the update', async () => (await names()) === 'of-a');
  });

  test('9: nested properties count in /all, too', async () => {
    const upstream = world();
    const constraints = [{ contextName: 'x', operator: 'IN', values: ['1'], inverted: false }];
    const strategies = [{ name: 'default', parameters: {}, constraints }];
    upstream.features.set(client, { version: 2, features: [flag('nested', 'default', { strategies })] });
    const { call } = await edge(['--strict'], upstream);
    for (const root of ['/api/frontend/all', '/api/proxy/all']) {
      const reply = await call(`${root}?properties[x]=1`, { token: frontend });
      expect(reply.json()).toMatchObject({ toggles: [{ name: 'nested', enabled: true }] });
    }
  });

  test('10: start-up tokens that do not work are tried ever more seldom', async () => {
    const upstream = world();
    const args = ['--tokens', `${client},*:development.nobody,${frontend}`, '--strict'];
    const { timers, start } = await edgeInMemory(args, upstream);
    await start();
    const asked = () => upstream.requests.filter(({ url }) => !url.endsWith('/features')).length;
    await timers.advance(600_000);
    const before = asked();
    await timers.advance(600_000);
    // The original asks 600 times in ten minutes. This is one a minute, and the reports of this process itself.
    const questions = upstream.validated().length;
    expect(questions).toBeLessThan(30);
    expect(asked() - before).toBeLessThan(30);
  });

  test('11 and 19: trusted tokens work, opaque ones too, and on the frontend API only', async () => {
    const { call } = await edge(['--dynamic', '--pretrusted-tokens', 'opaque@development,*:development.parsed']);
    for (const token of ['opaque', '*:development.parsed']) {
      expect((await call('/api/frontend', { token })).status).toBe(200);
      expect((await call('/api/client/features', { token })).status).toBe(403);
    }
  });

  test('12: trusted servers are dropped from the right', async () => {
    const upstream = world();
    const strategies = [{ name: 'remoteAddress', parameters: { IPs: '203.0.113.9' }, constraints: [] }];
    upstream.features.set(client, { version: 2, features: [flag('ip', 'default', { strategies })] });
    const args = ['--strict', '--trust-proxy', '--proxy-trusted-servers', '10.0.0.0/8,127.0.0.1'];
    const { call } = await edge(args, upstream);
    const seen = async (header: string) => {
      const headers = { 'x-forwarded-for': header };
      const reply = await call('/api/frontend', { token: frontend, headers, peer: '127.0.0.1' });
      return (reply.json() as { toggles: object[] }).toggles.length === 1;
    };
    expect(await seen('203.0.113.9, 10.1.1.1')).toBe(true);
    expect(await seen('198.51.100.7, 203.0.113.9, 10.1.1.1')).toBe(true);
    // What a client claims stands further left and does not count.
    expect(await seen('203.0.113.9, 198.51.100.7, 10.1.1.1')).toBe(false);
  });

  test('13: instance data of other Edges is taken in either spelling', async () => {
    const { call } = await edge();
    for (const key of ['metered_group', 'meteredGroup']) {
      const body = {
        identifier: key,
        appName: 'child',
        edgeVersion: '19.15.1',
        requestConsumptionSinceLastReport: [{ [key]: 'default', requests: 3 }],
      };
      expect((await call('/api/client/metrics/edge', { token: client, body })).status).toBe(202);
    }
    const data = (await call('/internal-backstage/instancedata')).json() as { connected_instances: object[] };
    expect(data.connected_instances).toMatchObject([
      { identifier: 'metered_group', requestConsumptionSinceLastReport: [{ meteredGroup: 'default', requests: 3 }] },
      { identifier: 'meteredGroup', requestConsumptionSinceLastReport: [{ meteredGroup: 'default', requests: 3 }] },
    ]);
  });

  test('14: segments that nothing refers to any more are not served', async () => {
    const upstream = world();
    const segments = [1, 2].map((id) => ({ id, name: `s${id}`, constraints: [] }));
    const strategies = (id: number) => [{ name: 'default', parameters: {}, constraints: [], segments: [id] }];
    upstream.features.set(client, {
      version: 2,
      segments,
      features: [flag('a', 'default', { strategies: strategies(1) })],
    });
    const { call, timers } = await edge(['--strict'], upstream);
    upstream.features.set(client, {
      version: 2,
      segments,
      features: [flag('a', 'default', { strategies: strategies(2) })],
    });
    await timers.advance(16_000);
    await eventually('the update', async () => {
      const { segments } = (await call('/api/client/features', { token: client })).json() as {
        segments: { id: number }[];
      };
      return segments.map(({ id }) => id).join() === '2';
    });
  });

  test('15 and 17: no page and no error shows a secret, however odd the token', async () => {
    const { call } = await edge(['--dynamic', '--pretrusted-tokens', 'odd-secret@development,[]:x.s']);
    const texts = await Promise.all(
      ['tokens', 'features', 'metricsbatch', 'instancedata', 'metrics', 'info'].map(
        async (page) => (await call(`/internal-backstage/${page}`)).text,
      ),
    );
    texts.push((await call('/api/frontend', { token: 'mangled-secret' })).text);
    expect(texts.join('\n')).not.toContain('-secret');
  });

  test('18: what is kept are all validated tokens, not the last batch', async () => {
    const { store, read } = memoryStore();
    const { call, timers } = await edge(['--strict'], world(), store);
    await timers.advance(2_000);
    await call('/api/frontend', { token: frontend });
    await timers.advance(2_000);
    const tokens = (read('unleash-tokens') as { token: string }[]).map(({ token }) => token);
    expect(tokens.sort()).toEqual([client, frontend].sort());
  });

  test('20: impact metrics of several reports and applications are one, labelled once', async () => {
    const upstream = withBulk(() => 202);
    const { call, timers } = await edge(['--strict'], upstream);
    const impactMetrics = [{ name: 'm', help: 'h', type: 'counter', samples: [{ value: 2, labels: { x: '1' } }] }];
    for (const appName of ['one', 'one', 'two']) {
      await call('/api/client/metrics', { token: client, body: { ...report('a'), appName, impactMetrics } });
    }
    await timers.advance(61_000);
    expect(upstream.bulk.flatMap(({ impactMetrics: sent = [] }) => sent)).toEqual([
      { name: 'm', help: 'h', type: 'counter', samples: [{ value: 6, labels: { x: '1', origin: 'edge' } }] },
    ]);
  });

  test('21: what upstream says at the start wins over what was kept', async () => {
    const kept = [
      { token: frontend, type: 'frontend', environment: 'development', projects: ['*'], status: 'Validated' },
    ];
    const upstream = world();
    upstream.tokens.delete(frontend);
    const { call, timers } = await edge(
      ['--tokens', `${client},${frontend}`, '--strict'],
      upstream,
      memoryStore({ 'unleash-tokens': kept }).store,
    );
    await timers.advance(1_000);
    expect((await call('/api/frontend', { token: frontend })).status).toBe(403);
  });
});

test('a refresh interval of 0 asks once a second, and does not flood upstream', async () => {
  const { timers, upstream } = await edge(['--strict', '--features-refresh-interval-seconds', '0']);
  const asked = () => upstream.requests.filter(({ url }) => url.endsWith('/client/features')).length;
  const before = asked();
  for (let i = 0; i < 100; i++) await timers.advance(100);
  expect(asked() - before).toBe(10);
});
