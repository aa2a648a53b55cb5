import { describe, expect, test } from 'vitest';
import { eventually } from '../support/wait.ts';
import { edgeInMemory, flag, scriptedUpstream } from './harness.ts';

const client = '*:development.client';

async function started(args: readonly string[] = ['--dynamic']) {
  const upstream = scriptedUpstream();
  upstream.tokens.set(client, { type: 'client', environment: 'development', projects: ['*'] });
  upstream.tokens.set('*:development.f', { type: 'frontend', environment: 'development', projects: ['*'] });
  upstream.features.set(client, { version: 2, features: [flag('a')] });
  const edge = await edgeInMemory([...args, '--tokens', client], upstream);
  await edge.start();
  return edge;
}

test('10,000 unknown tokens: each is asked about once, few questions, bounded memory', async () => {
  const { call, upstream, service } = await started();
  const before = upstream.validated().length;
  const texts = Array.from({ length: 10_000 }, (_, i) => `*:development.unknown-${i}`);
  for (let round = 0; round < 2; round++) {
    const answers = await Promise.all(texts.map((token) => call('/api/frontend', { token })));
    expect(answers.filter(({ status }) => status === 403)).toHaveLength(10_000);
  }
  const questions = upstream.validated().slice(before);
  expect(questions.flat()).toHaveLength(10_000);
  expect(questions.length).toBeLessThan(100);
  expect(service.cache.refusedSize).toBeLessThanOrEqual(10_000);
  expect(service.validator.pending).toBe(0);
  expect((await call('/api/frontend', { token: '*:development.f' })).status).toBe(200);
});

test('deferred validation: 401 at first, 403 while it is open, then what upstream says', async () => {
  const upstream = scriptedUpstream();
  upstream.tokens.set('*:development.f', { type: 'frontend' });
  const edge = await edgeInMemory(['--dynamic', '--pretrusted-tokens', 'x@development'], upstream, undefined, {
    EDGE_DEFER_TOKEN_VALIDATION: 'true',
  });
  await edge.start();
  const ask = async () => (await edge.call('/api/frontend', { token: '*:development.f' })).status;
  expect(await ask()).toBe(401);
  expect(await ask()).toBe(403);
  await edge.timers.advance(1_100);
  expect(await ask()).toBe(511);
});

describe('upstream answers of every kind change nothing that is served (14.3)', () => {
  test.each([429, 500, 502, 503, 504, 404, 400, 418, 301, 'network'] as const)('%s', async (answer) => {
    const { call, upstream, timers, lines } = await started();
    const body = (await call('/api/client/features', { token: client })).text;
    upstream.fetch = answer;
    await timers.advance(600_000);
    expect((await call('/api/client/features', { token: client })).text).toBe(body);
    expect((await call('/internal-backstage/ready')).status).toBe(200);
    expect(lines.join('\n')).toMatch(/Could not fetch features for \*:development\.\[redacted\]/);
    upstream.fetch = undefined;
    upstream.features.set(client, { version: 2, features: [flag('b')] });
    await timers.advance(165_000);
    // Compiling yields to other work as often as real time passes, which no turned clock tells.
    await eventually('the new flags', async () =>
      (await call('/api/client/features', { token: client })).text.includes('"b"'),
    );
  });

  test('a token that upstream refuses is validated again; a start-up token comes back with it', async () => {
    const { call, upstream, timers } = await started(['--strict']);
    const features = upstream.features.get(client);
    upstream.features.delete(client);
    upstream.tokens.delete(client);
    await timers.advance(16_000);
    expect((await call('/api/client/features', { token: client })).status).toBe(403);
    expect((await call('/api/frontend', { token: '*:development.f' })).status).toBe(511);
    upstream.features.set(client, features);
    upstream.tokens.set(client, { type: 'client', environment: 'development', projects: ['*'] });
    await timers.advance(120_000);
    expect((await call('/api/client/features', { token: client })).status).toBe(200);
    expect((await call('/api/frontend', { token: '*:development.f' })).status).toBe(200);
  });

  test('documents of any shape: what can be read is served, the rest is told', async () => {
    const { call, upstream, timers, lines } = await started();
    for (const document of [[], null, 7, {}, { features: 'x' }, { features: {} }]) {
      upstream.features.set(client, document);
      await timers.advance(20_000);
      expect((await call('/api/client/features', { token: client })).text).toContain('"a"');
    }
    upstream.features.set(client, {
      features: [null, 3, {}, { name: 5 }, flag('__proto__'), flag('constructor'), { name: 'bare' }, flag('ok')],
      segments: 'none',
    });
    await timers.advance(20_000);
    const { toggles } = (await call('/api/frontend/all', { token: '*:development.f' })).json() as {
      toggles: { name: string }[];
    };
    expect(toggles.map(({ name }) => name)).toEqual(['__proto__', 'bare', 'constructor', 'ok']);
    expect(lines.join()).toContain('not usable');
    expect(lines.join()).toContain('development: 4 flags without a name were left out');
  });

  test('no line of the log holds a secret', async () => {
    const { call, upstream, timers, lines } = await started();
    upstream.validate = 500;
    await call('/api/frontend', { token: '*:development.very-secret-thing' });
    upstream.fetch = 403;
    await timers.advance(60_000);
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.join('\n')).not.toMatch(/very-secret|development\.client|development\.f\b/);
  });
});

test.each([
  ['the peer', []],
  ['the forwarded client where proxies are trusted', ['--trust-proxy', '--proxy-trusted-servers', '192.168.0.1']],
])('access lists look at %s, and concern the APIs', async (_, flags) => {
  const lists = ['--allow-list', '10.0.0.0/8', '--deny-list', '10.9.0.0/16'];
  const { call } = await started(['--dynamic', ...lists, ...flags]);
  const isTrusting = flags.length > 0;
  const from = async (address: string, url = '/api/client/features') => {
    const [peer, forwarded] = isTrusting ? ['192.168.0.1', `10.1.1.1, ${address}`] : [address, '10.1.1.1'];
    return (await call(url, { token: client, peer, headers: { 'x-forwarded-for': forwarded } })).status;
  };
  expect(await from('10.1.1.1')).toBe(200);
  expect(await from('10.9.1.1')).toBe(403);
  expect(await from('11.1.1.1')).toBe(403);
  expect(await from('11.1.1.1', '/internal-backstage/health')).toBe(200);
});

test('endpoints that are switched off are not there', async () => {
  const flags = ['metrics-batch', 'metrics', 'features', 'tokens', 'instance-data'];
  const { call } = await started(['--dynamic', ...flags.map((name) => `--disable-${name}-endpoint`)]);
  for (const name of ['metricsbatch', 'metrics', 'features', 'tokens', 'instancedata']) {
    expect((await call(`/internal-backstage/${name}`)).status).toBe(404);
  }
  expect((await call('/internal-backstage/info')).json()).toMatchObject({
    app_name: 'unleash-edge',
    package_major: '19',
  });
  expect((await call('/api-doc/openapi.json')).json()).toMatchObject({ info: { title: 'Unleash Edge' } });
  expect((await call('/swagger-ui/')).status).toBe(200);
});
