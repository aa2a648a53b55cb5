import { describe, expect, test } from 'vitest';
import { edgeInMemory, flag, scriptedUpstream } from './harness.ts';
import { edgeWithFlags } from './with-flags.ts';

describe('client API', () => {
  test('features: filtered, sorted, with the query, and only the segments that are used', async () => {
    const upstream = scriptedUpstream();
    const client = '[]:development.client';
    upstream.tokens.set(client, { type: 'backend', environment: 'development', projects: ['x', 'y'] });
    upstream.features.set(client, {
      version: 2,
      features: [
        flag('zz', 'x', { strategies: [{ name: 'default', segments: [2] }], future: { kept: true } }),
        flag('aa', 'y'),
        flag('nobody', undefined),
      ],
      segments: [
        { id: 1, name: 'one', constraints: [] },
        { id: 2, name: 'two', constraints: [] },
      ],
      meta: { revisionId: 7, etag: 'e' },
    });
    const { call, start } = await edgeInMemory(['--dynamic'], upstream);
    await start();
    const answer = await call('/api/client/features', { token: client });
    expect(answer.headers).toMatchObject({ 'Content-Type': 'application/json' });
    expect(answer.json()).toMatchObject({
      version: 2,
      features: [
        { name: 'aa', strategies: [{ name: 'default', variants: [] }] },
        { name: 'zz', strategies: [{ segments: [2], variants: [] }], future: { kept: true } },
      ],
      segments: [{ id: 2 }],
      query: { projects: ['x', 'y'], environment: 'development', inlineSegmentConstraints: false },
      meta: { revisionId: 7, etag: 'e' },
    });
    const prefixed = (await call('/api/client/features?namePrefix=z', { token: client })).json();
    expect(prefixed).toMatchObject({ features: [{ name: 'zz' }], query: { namePrefix: 'z' } });
    expect((await call('/api/client/features/aa', { token: client })).json()).toMatchObject({ name: 'aa' });
    expect((await call('/api/client/features/a', { token: client })).status).toBe(404);
    expect((await call('/api/client/features', { token: client, body: {} })).status).toBe(200);
  });

  test('registration answers with the version; bulk and instance data are taken', async () => {
    const { call, client: token } = await edgeWithFlags();
    const application = { appName: 'app', interval: 10, started: '2024-01-01T00:00:00Z', strategies: [] };
    const registered = await call('/api/client/register', { token, body: application });
    expect(registered.status).toBe(202);
    expect(registered.headers['X-Edge-Version']).toMatch(/^19\.15\.1\+/);
    expect((await call('/api/client/metrics/bulk', { token, body: { applications: [], metrics: [] } })).status).toBe(
      202,
    );
    expect((await call('/api/client/streaming', { token })).status).toBe(403);
    expect((await call('/api/client/delta', { token })).status).toBe(500);
  });

  test('environments never mix, projects of one are merged, and each token sees its own', async () => {
    const upstream = scriptedUpstream();
    const flags = { 'p:dev.1': 'p', 'q:dev.2': 'q', 'p:prod.3': 'p' };
    for (const [token, project] of Object.entries(flags)) {
      const environment = token.split(/[:.]/)[1] ?? '';
      upstream.tokens.set(token, { type: 'client', environment, projects: [project] });
      upstream.features.set(token, { version: 2, features: [flag(`${project}-${environment}`, project)] });
    }
    upstream.tokens.set('*:dev.f', { type: 'frontend', environment: 'dev', projects: ['*'] });
    const { call, start } = await edgeInMemory(['--dynamic'], upstream);
    await start();
    for (const [token, project] of Object.entries(flags)) {
      const environment = token.split(/[:.]/)[1];
      const answer = (await call('/api/client/features', { token })).json();
      expect(answer).toMatchObject({ features: [{ name: `${project}-${environment}` }] });
    }
    expect((await call('/api/frontend', { token: '*:dev.f' })).json()).toMatchObject({
      toggles: [{ name: 'p-dev' }, { name: 'q-dev' }],
    });
  });
});

test.each([
  [['--edge-auth-header', 'X-Sdk', '--upstream-auth-header', 'X-Up'], 'x-sdk', 'X-Up'],
  [['--token-header', 'X-Both'], 'x-both', 'X-Both'],
])('tokens travel in the headers that are configured: %j', async (flags, fromSdk, upward) => {
  const [client, frontend] = ['*:development.client', '*:development.frontend'];
  const upstream = scriptedUpstream();
  upstream.tokens.set(client, { type: 'client', environment: 'development', projects: ['*'] });
  upstream.tokens.set(frontend, { type: 'frontend', environment: 'development', projects: ['*'] });
  const custom = ['--custom-client-headers', 'X-Own:a:b,X-Other:2'];
  const { call, start } = await edgeInMemory([...flags, ...custom, '--strict', '--tokens', client], upstream);
  await start();
  const fetched = upstream.requests.find(({ url }) => url.endsWith('/api/client/features'));
  expect(fetched?.headers).toMatchObject({ [upward]: client, 'X-Own': 'a:b', 'X-Other': '2' });
  expect(fetched?.headers).not.toHaveProperty('Authorization');
  const validated = upstream.requests.find(({ url }) => url.endsWith('/edge/validate'));
  expect(validated?.headers).toMatchObject({ 'X-Own': 'a:b', 'X-Other': '2' });
  // Nothing was fetched for its environment, but it is let in.
  expect((await call('/api/frontend', { headers: { [fromSdk]: frontend } })).status).toBe(511);
  const elsewhere = await call('/api/frontend', { token: frontend });
  expect(elsewhere.status).toBe(403);
  expect(elsewhere.json()).toEqual({ error: 'Not allowed to access' });
});
