/** Section 2, row by row, and who may go where (5.7): every endpoint with every kind of token. */
import { describe, expect, test } from 'vitest';
import type { EdgeToken } from '../../src/unleash/edge/types.ts';
import { edgeInMemory, scriptedUpstream } from './harness.ts';
import { document, edgeWithFlags } from './with-flags.ts';

const now = '2024-01-01T00:00:00Z';
const context = { userId: '7' };
const metrics = { appName: 'app', bucket: { start: now, stop: now, toggles: {} } };
const application = { appName: 'app', interval: 10, started: now, strategies: [] };
const bulk = { applications: [], metrics: [] };
const instance = { identifier: 'i', appName: 'edge', edgeVersion: '19.15.1' };

type Auth = 'frontend' | 'client' | 'none';
type Row = readonly [method: string, path: string, auth: Auth, status: number, body?: object];
/** Method, path, who, success, body. `[19.x]` rows; POST of client features is one of 20 that does no harm. */
const rows: readonly Row[] = [
  ...['/api/frontend', '/api/proxy'].flatMap((root): Row[] => [
    ['GET', root, 'frontend', 200],
    ['POST', root, 'frontend', 200, context],
    ['GET', `${root}/all`, 'frontend', 200],
    ['POST', `${root}/all`, 'frontend', 200, context],
    ['POST', `${root}/client/metrics`, 'frontend', 202, metrics],
    ['POST', `${root}/client/register`, 'frontend', 202, application],
    ['POST', `${root}/all/client/metrics`, 'frontend', 202, metrics],
    ['POST', `${root}/all/client/register`, 'frontend', 202, application],
  ]),
  ['GET', '/api/frontend/features/a', 'frontend', 200],
  ['POST', '/api/frontend/features/a', 'frontend', 200, context],
  ['GET', '/api/client/features', 'client', 200],
  ['POST', '/api/client/features', 'client', 200, {}],
  ['GET', '/api/client/features/a', 'client', 200],
  ['POST', '/api/client/register', 'client', 202, application],
  ['POST', '/api/client/metrics', 'client', 202, metrics],
  ['POST', '/api/client/metrics/bulk', 'client', 202, bulk],
  ['POST', '/api/client/metrics/edge', 'client', 202, instance],
  ['GET', '/api/client/delta', 'client', 200],
  ['POST', '/edge/validate', 'none', 200, { tokens: [] }],
  ['GET', '/internal-backstage/health', 'none', 200],
  ['GET', '/internal-backstage/ready', 'none', 200],
  ['GET', '/internal-backstage/info', 'none', 200],
  ['GET', '/internal-backstage/tokens', 'none', 200],
  ['GET', '/internal-backstage/features', 'none', 200],
  ['GET', '/internal-backstage/metricsbatch', 'none', 200],
  ['GET', '/internal-backstage/instancedata', 'none', 200],
  ['GET', '/internal-backstage/metrics', 'none', 200],
  ['GET', '/swagger-ui/', 'none', 200],
  ['GET', '/api-doc/openapi.json', 'none', 200],
];

const client = '*:development.client';

async function edge(environment: Readonly<Record<string, string>> = {}) {
  const upstream = scriptedUpstream();
  upstream.tokens.set(client, { type: 'client', environment: 'development', projects: ['*'] });
  upstream.features.set(client, document);
  const args = ['--strict', '--tokens', client, '--pretrusted-tokens', '*:development.trusted'];
  const made = await edgeInMemory(args, upstream, undefined, environment);
  await made.start();
  return made;
}

const types = ['frontend', 'client', 'admin', 'invalid', null] as const;

async function withTokens(environment?: Readonly<Record<string, string>>) {
  const made = await edge(environment);
  const accept = (name: string, rest: Partial<EdgeToken>) => {
    const token = `*:development.${name}`;
    made.service.cache.accept(token, {
      token,
      type: null,
      environment: 'development',
      projects: ['*'],
      status: 'Validated',
      ...rest,
    });
    return token;
  };
  for (const type of types) accept(`type-${type}`, { type });
  accept('unknown', { type: 'frontend', status: 'Unknown' });
  return { ...made, tokenOf: (name: string) => `*:development.${name}` };
}

describe('endpoints (section 2)', () => {
  const named = rows.map(([method, path, auth, status, body]) => ({ method, path, auth, status, body }));

  test.each(named)('$method $path for $auth tokens is $status', async ({ method, path, auth, status, body }) => {
    // Delta is served where it is fetched, or where this setting says so.
    const { call, tokenOf } = await withTokens(path.endsWith('/delta') ? { HALYARD_SERVE_STREAMING: 'true' } : {});
    const token = auth === 'none' ? undefined : tokenOf(`type-${auth}`);
    const ask = (presented: string | undefined) =>
      call(path, { method, token: presented, ...(body === undefined ? {} : { body }) });
    const reply = await ask(token);
    expect(reply.status, reply.text).toBe(status);
    if (status === 202) expect(reply.text).toBe('');
    const wrong = await call(path, { method: 'DELETE', token });
    expect(wrong.status).toBe(404);
    if (auth === 'none') return;
    const missing = await ask(undefined);
    expect([missing.status, missing.text]).toEqual([403, '{"error":"Not allowed to access"}']);
    const other = await ask(tokenOf(auth === 'frontend' ? 'type-client' : 'type-frontend'));
    expect([other.status, other.text]).toEqual([403, '']);
  });

  test('registration tells the version; streaming is another mode', async () => {
    const { call } = await edge();
    const registered = await call('/api/client/register', { token: client, body: application });
    expect(registered.headers['X-Edge-Version']).toMatch(/^19\.15\.1/);
    const streaming = await call('/api/client/streaming', { token: client });
    expect([streaming.status, streaming.json()]).toEqual([
      403,
      { error: 'This endpoint is only enabled in streaming mode' },
    ]);
  });

  test.each([
    '/edge/metrics',
    '/api/client/edge-licensing/heartbeat',
    '/edge/issue-token',
    '/internal-backstage/prometheus',
  ])('%s, of other versions, is not there', async (path) => {
    const { call } = await edge();
    for (const method of ['GET', 'POST']) {
      expect((await call(path, { method, token: client, ...(method === 'POST' ? { body: {} } : {}) })).status).toBe(
        404,
      );
    }
  });
});

describe('who may go where (5.7)', () => {
  const paths = {
    frontend: ['/api/frontend', '/api/proxy/all', '/api/frontend/features/a'],
    client: ['/api/client/features'],
  };
  const decided: readonly (readonly [name: string, frontend: number, client: number])[] = [
    ['type-frontend', 200, 403],
    ['type-client', 403, 200],
    ['type-admin', 403, 403],
    ['type-invalid', 403, 403],
    ['type-null', 403, 403],
    ['unknown', 401, 401],
    ['trusted', 200, 403],
    ['not-valid', 403, 403],
  ];
  test.each(decided)('%s: frontend %i, client %i', async (name, frontend, client) => {
    const { call, tokenOf } = await withTokens();
    for (const path of paths.frontend) {
      const { status, text } = await call(path, { token: tokenOf(name) });
      expect([path, status]).toEqual([path, frontend]);
      if (status !== 200) expect(text).toBe('');
    }
    for (const path of paths.client) {
      const { status, text } = await call(path, { token: tokenOf(name) });
      expect([path, status]).toEqual([path, client]);
      if (status !== 200) expect(text).toBe('');
    }
  });

  test('upstream cannot be asked: 400; upstream says no to the question: its status', async () => {
    const { call, upstream, timers } = await edge();
    upstream.validate = 'network';
    for (const path of ['/api/frontend', '/api/client/features']) {
      const reply = await call(path, { token: '*:development.new' });
      expect([reply.status, reply.json()]).toEqual([400, { error: 'Edge token error' }]);
    }
    await timers.advance(2_000);
    upstream.validate = 418;
    const reply = await call('/api/frontend', { token: '*:development.new' });
    expect([reply.status, reply.json()]).toEqual([
      418,
      { explanation: 'Received a non 200 status code when trying to validate token upstream', status_code: '418' },
    ]);
  });

  test('a base path with the words of the API in it fools nobody', async () => {
    const { call } = await edgeWithFlags(['--dynamic', '--base-path', '/api/frontend']);
    expect((await call('/api/frontend/api/client/features', { token: client })).status).toBe(200);
    expect((await call('/api/frontend/api/frontend', { token: client })).status).toBe(403);
  });
});
