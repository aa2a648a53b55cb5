/** `/proxy` in edge mode: clients of Unleash Proxy keep their address and their keys. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Server, startServer } from '../support/server.ts';
import { halyards } from '../support/subjects.ts';
import { eventually } from '../support/wait.ts';
import { type Call, type CallOptions, edgeInMemory, flag, scriptedUpstream } from './harness.ts';
import { startSocketUpstream } from './socket-upstream.ts';

const development = '*:development.client';
const projectB = 'b:production.client';
const keys = { UNLEASH_PROXY_CLIENT_KEYS: 'web, app, prod@production, with@sign@production' };

async function edge(
  args: readonly string[] = ['--tokens', `${development},${projectB}`],
  environment: Readonly<Record<string, string>> = keys,
) {
  const upstream = scriptedUpstream();
  upstream.tokens.set(development, { type: 'client', environment: 'development', projects: ['*'] });
  upstream.features.set(development, {
    version: 2,
    features: [flag('two'), flag('one'), flag('off', 'default', { enabled: false })],
  });
  upstream.tokens.set(projectB, { type: 'client', environment: 'production', projects: ['b'] });
  upstream.features.set(projectB, { version: 2, features: [flag('in-b', 'b')] });
  const made = await edgeInMemory(['--strict', ...args], upstream, undefined, environment);
  await made.start();
  return made;
}

/** Both environments are compiled. */
const ready = (call: (url: string, options: CallOptions) => Promise<Call>) =>
  eventually('readiness', async () => {
    const replies = await Promise.all(['web', 'prod'].map((token) => call('/proxy', { token })));
    return replies.every(({ status }) => status === 200);
  });
const names = ({ text }: { text: string }) =>
  (JSON.parse(text) as { toggles: { name: string }[] }).toggles.map(({ name }) => name);

describe('/proxy in edge mode', () => {
  test('every key sees its environment, rendered as Unleash Proxy does', async () => {
    const { call } = await edge();
    await ready(call);
    const first = await call('/proxy?userId=7', { token: 'web' });
    expect(first.status).toBe(200);
    expect(first.json()).toEqual({
      toggles: ['one', 'two'].map((name) => ({
        name,
        enabled: true,
        variant: { name: 'disabled', enabled: false, feature_enabled: true, featureEnabled: true },
        impressionData: false,
      })),
    });
    expect(first.headers).toMatchObject({
      'Cache-control': 'public, max-age=2',
      'Access-Control-Allow-Origin': '*',
      'Access-Control-Expose-Headers': 'ETag',
      'Content-Type': 'application/json; charset=utf-8',
    });
    expect(
      (await call('/proxy?userId=7', { token: 'web', headers: { 'if-none-match': first.headers.ETag ?? '' } })).status,
    ).toBe(304);
    expect(names(await call('/proxy', { token: 'app' }))).toEqual(['one', 'two']);
    expect(names(await call('/proxy', { token: 'prod' }))).toEqual(['in-b']);
    expect(names(await call('/proxy', { token: 'with@sign' }))).toEqual(['in-b']);
    expect(names(await call('/proxy/all', { token: 'web' }))).toEqual(['off', 'one', 'two']);
  });

  test('keys are for /proxy and tokens for /api, and never the other way round', async () => {
    const { call } = await edge();
    await ready(call);
    for (const token of [undefined, 'nobody', 'prod@production', development, projectB, '']) {
      const { status, text } = await call('/proxy', { token });
      expect([token, status, text]).toEqual([token, 401, 'Unauthorized']);
    }
    for (const path of ['/api/frontend', '/api/client/features'])
      expect((await call(path, { token: 'web' })).status).toBe(403);
    expect((await call('/api/client/features', { token: development })).status).toBe(200);
    expect((await call('/proxy/client/features', { token: 'web' })).status).toBe(401);
  });

  test('changes upstream arrive, and an environment without definitions is not ready', async () => {
    const { call, upstream, timers } = await edge(['--tokens', development]);
    await eventually('definitions', async () => (await call('/proxy', { token: 'web' })).status === 200);
    const waiting = await call('/proxy', { token: 'prod' });
    expect([waiting.status, waiting.text]).toEqual([
      503,
      expect.stringContaining('is not ready to accept requests yet'),
    ]);
    // As Edge's own readiness: something is served.
    expect((await call('/proxy/health')).status).toBe(200);
    upstream.features.set(development, { version: 2, features: [flag('new')] });
    await timers.advance(16_000);
    await eventually('the change', async () => names(await call('/proxy', { token: 'web' })).join() === 'new');
  });

  test('nothing is ready before upstream has answered', async () => {
    const upstream = scriptedUpstream();
    upstream.tokens.set(development, { type: 'client', environment: 'development', projects: ['*'] });
    upstream.fetch = 'network';
    const { call, start } = await edgeInMemory(['--strict', '--tokens', development], upstream, undefined, keys);
    await start();
    expect((await call('/proxy/health')).status).toBe(503);
    expect((await call('/proxy', { token: 'nobody' })).status).toBe(503);
  });

  test('a start-up token that upstream revoked serves nobody any more', async () => {
    const { call, upstream, service } = await edge();
    await ready(call);
    upstream.tokens.delete(development);
    await service.validator.revalidate([development]);
    expect((await call('/proxy', { token: 'web' })).status).toBe(503);
    expect(names(await call('/proxy', { token: 'prod' }))).toEqual(['in-b']);
  });

  test('usage and registrations join those of Edge’s own clients', async () => {
    const { call } = await edge();
    await ready(call);
    const now = new Date().toISOString();
    const bucket = { start: now, stop: now, toggles: { one: { yes: '3', no: 1, variants: { v: 2 } } } };
    for (const path of ['/proxy/client/metrics', '/proxy/all/client/metrics']) {
      const reply = await call(path, { token: 'web', body: { appName: 'site', instanceId: 'i', bucket } });
      expect([reply.status, reply.text]).toEqual([200, 'OK']);
    }
    const registration = { appName: 'site', interval: 15_000, started: now, strategies: ['default'] };
    expect((await call('/proxy/client/register', { token: 'prod', body: registration })).text).toBe('OK');
    const named = await call('/proxy', { token: 'web', body: { toggles: ['two', 'nope'] } });
    expect(names(named)).toEqual(['two', 'nope']);
    const batch = (await call('/internal-backstage/metricsbatch')).json() as {
      metrics: object[];
      applications: object[];
    };
    const row = (app_name: string, feature_name: string, yes: number, no: number) => ({
      key: { app_name, feature_name, environment: 'development' },
      bucket: { yes, no },
    });
    expect(batch.metrics).toMatchObject([
      row('site', 'one', 6, 2),
      row('unleash-proxy', 'two', 1, 0),
      row('unleash-proxy', 'nope', 0, 1),
    ]);
    expect(batch.applications).toMatchObject([{ appName: 'site', environment: 'production' }]);
    expect((await call('/proxy/client/metrics', { token: 'web', body: { some: 'blob' } })).json()).toMatchObject({
      error: 'Request validation failed',
      validation: [{ params: { missingProperty: 'appName' } }],
    });
  });

  test('settings of Edge hold: base path, access lists, origins, /all, the client address', async () => {
    const args = ['--tokens', development, '--base-path', '/flags', '--disable-all-endpoint', '--trust-proxy'];
    const more = ['--deny-list', '10.0.0.0/8', '--cors-origin', 'https://site.example'];
    const upstream = scriptedUpstream();
    upstream.tokens.set(development, { type: 'client', environment: 'development', projects: ['*'] });
    const strategies = [{ name: 'remoteAddress', parameters: { IPs: '192.0.2.7' }, constraints: [] }];
    upstream.features.set(development, { version: 2, features: [flag('local', 'default', { strategies })] });
    const { call, start } = await edgeInMemory(['--strict', ...args, ...more], upstream, undefined, {
      UNLEASH_PROXY_SECRETS: 'old',
      CLIENT_KEY_HEADER_NAME: 'X-Key',
    });
    await start();
    const headers = { 'x-key': 'old', 'x-forwarded-for': '192.0.2.7', origin: 'https://site.example' };
    await eventually('definitions', async () => (await call('/flags/proxy', { headers })).status === 200);
    const reply = await call('/flags/proxy', { headers });
    expect(names(reply)).toEqual(['local']);
    expect(reply.headers['Access-Control-Allow-Origin']).toBe('https://site.example');
    const denied = { ...headers, 'x-forwarded-for': '10.1.2.3' };
    expect((await call('/flags/proxy', { headers: denied, peer: '192.168.0.1' })).status).toBe(403);
    expect((await call('/flags/proxy', { headers, peer: '10.1.2.3' })).status).toBe(200);
    expect((await call('/flags/proxy/all', { headers })).status).toBe(501);
    expect((await call('/proxy', { headers })).status).toBe(404);
    expect((await call('/flags/internal-backstage/metrics')).text).toContain('endpoint="/proxy:enabled"');
  });

  test('without keys there is nothing below /proxy', async () => {
    const { call } = await edge(undefined, {});
    expect((await call('/proxy', { token: 'web' })).status).toBe(404);
  });

  test('a key that stands for a missing token is refused at the start', async () => {
    await expect(edgeInMemory(['--dynamic'], undefined, undefined, keys)).rejects.toThrow(/first of --tokens/);
    await expect(
      edgeInMemory(['--dynamic'], undefined, undefined, { UNLEASH_PROXY_CLIENT_KEYS: 'a@' }),
    ).rejects.toThrow(/'\[hidden\]' for '--proxy-client-keys <.*>': write it as key, or as key@environment/);
  });
});

describe.each(halyards())('/proxy in edge mode over sockets: %s', (subject) => {
  const asked = (server: Server) => async () =>
    (await server.get('/proxy', { authorization: 'web' }).catch(() => undefined))?.status === 200;

  test('edge: the key list of Unleash Proxy is all it takes', async () => {
    const upstream = await startSocketUpstream();
    upstream.tokens.set(development, { type: 'client', environment: 'development', projects: ['*'] });
    upstream.features.set(development, {
      version: 2,
      features: Array.from({ length: 40 }, (_, i) => flag(`flag-${i}`)),
    });
    const env = { UPSTREAM_URL: upstream.origin, TOKENS: development, STRICT: 'true', ...keys };
    const server = await startServer(subject, { env, waitFor: 'nothing' });
    try {
      await eventually('toggles', asked(server));
      const reply = await server.get('/proxy', { authorization: 'web', 'accept-encoding': 'gzip' });
      expect(names(reply)).toHaveLength(40);
      expect(reply.headers['content-encoding']).toBe('gzip');
      expect((await server.get('/proxy', {})).text).toBe('Unauthorized');
      expect((await server.get('/internal-backstage/health')).status).toBe(200);
    } finally {
      expect((await server.stop()).code).toBe(0);
      await upstream.close();
    }
  });

  test('offline: the same from a file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'halyard-proxy-paths-'));
    const file = join(folder, 'features.json');
    await writeFile(file, JSON.stringify({ simple: { enabled: true, variant: 'red' } }));
    const args = ['offline', '--bootstrap-file', file, '--client-tokens', development, '--proxy-client-keys', 'web'];
    const server = await startServer(subject, { args, waitFor: 'nothing' });
    try {
      await eventually('toggles', asked(server));
      const { text } = await server.get('/proxy?userId=1', { authorization: 'web' });
      expect(JSON.parse(text)).toMatchObject({
        toggles: [{ name: 'simple', variant: { name: 'red', featureEnabled: true } }],
      });
    } finally {
      expect((await server.stop()).code).toBe(0);
      await rm(folder, { recursive: true });
    }
  });

  test('offline: the first request that is answered is answered with flags, however many there are', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'halyard-proxy-paths-'));
    const file = join(folder, 'features.json');
    const features = Array.from({ length: 4_000 }, (_, index) => ({
      name: `flag-${index}`,
      enabled: true,
      strategies: [
        { name: 'flexibleRollout', parameters: { rollout: '50', stickiness: 'userId', groupId: `g${index}` } },
      ],
    }));
    await writeFile(file, JSON.stringify({ version: 2, features }));
    const args = ['offline', '--bootstrap-file', file, '--client-tokens', development, '--proxy-client-keys', 'web'];
    const server = await startServer(subject, { args, waitFor: 'nothing' });
    try {
      const ask = () => server.get('/proxy?userId=1', { authorization: 'web' }).catch(() => undefined);
      const first = await eventually('an answer', ask, 60_000, 1);
      expect(names(first).length).toBeGreaterThan(1_000);
    } finally {
      expect((await server.stop()).code).toBe(0);
      await rm(folder, { recursive: true });
    }
  });
});
