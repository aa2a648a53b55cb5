import { describe, expect, test } from 'vitest';
import { edgeVectors, isFor19 } from '../support/edge-vectors.ts';
import { edgeInMemory, flag, scriptedUpstream } from './harness.ts';
import { document, edgeWithFlags } from './with-flags.ts';

describe('auth_matrix_edge_mode', () => {
  interface Row {
    readonly type?: string | null;
    readonly status?: string;
    readonly path?: string;
    readonly code?: number;
    readonly body?: unknown;
    readonly '19.x'?: number;
    readonly '19.14.1+'?: number;
    readonly header?: string | null;
    readonly body_le19?: unknown;
    readonly upstream_validate?: number | string;
  }
  test.each(edgeVectors<Row[]>('auth_matrix_edge_mode'))('%j', async (row) => {
    const { call, upstream, service } = await edgeWithFlags();
    let token: string | undefined = '*:development.asked';
    if (row.header !== undefined) token = row.header ?? undefined;
    else if (row.upstream_validate !== undefined)
      upstream.validate = typeof row.upstream_validate === 'number' ? row.upstream_validate : 'network';
    else if (row.status === 'Validated') {
      upstream.tokens.set(token, { type: row.type ?? null, environment: 'development', projects: ['*'] });
      upstream.features.set(token, document);
    } else if (row.status === 'Unknown') {
      service.cache.accept(token, {
        token,
        type: null,
        environment: 'development',
        projects: ['*'],
        status: 'Unknown',
      });
    }
    const { status, text } = await call(row.path ?? '/api/client/features', { token });
    expect(status).toBe(row.code ?? row['19.14.1+'] ?? row['19.x']);
    if (row.header === 'not-a-token') {
      // The text is hidden (specification 27, 17).
      expect(text).toBe('{"explanation":"Edge could not parse token: ****"}');
      return;
    }
    const body = row.body_le19 ?? row.body;
    if (body !== undefined) expect(text === '' ? '' : JSON.parse(text)).toEqual(body);
  });
});

describe('auth_trusted_19', () => {
  const rows = edgeVectors<{ token: string; path: string; code?: number; strict?: number }[]>('auth_trusted_19');

  // With --dynamic the original hands out definitions where the last row says 403 (specification 27, 19).
  test.each(rows.flatMap((row) => ['--strict', '--dynamic'].map((mode) => ({ ...row, mode }))))('%j', async (row) => {
    const pretrusted = ['--pretrusted-tokens', '*:development.x,secret-123@development'];
    const { call } = await edgeWithFlags([row.mode, ...pretrusted]);
    const [token = ''] = row.token.split(' ');
    expect((await call(row.path, { token })).status).toBe(row.code ?? row.strict);
  });

  test.each(['--strict', '--dynamic'])('trusted tokens are for the frontend API only (%s)', async (mode) => {
    const { call } = await edgeWithFlags([mode, '--pretrusted-tokens', '*:development.x,secret-123@development']);
    for (const token of ['*:development.x', 'secret-123']) {
      expect((await call('/api/frontend', { token })).status).toBe(200);
      expect((await call('/api/proxy', { token })).status).toBe(200);
      expect((await call('/api/client/features', { token })).status).toBe(403);
    }
    expect((await call('/edge/validate', { body: { tokens: ['*:development.x'] } })).json()).toEqual({ tokens: [] });
  });
});

describe('rule_511', () => {
  interface Row {
    readonly name: string;
    readonly tags: readonly string[];
    readonly token?: string;
    readonly hydrated_envs?: readonly string[];
    readonly hydrated_projects?: readonly string[];
    readonly validated_projects?: readonly string[];
    readonly method?: string;
    readonly path?: string;
    readonly code?: number;
    readonly body?: unknown;
    readonly access?: object;
    readonly toggles?: readonly unknown[];
    readonly upstream_says?: string;
    readonly type?: string;
  }
  test.each(edgeVectors<Row[]>('rule_511').filter(isFor19))('$name', async (row) => {
    const upstream = scriptedUpstream();
    const startUp: string[] = [];
    for (const environment of row.hydrated_envs ?? []) {
      const project = row.hydrated_projects?.[0] ?? '*';
      const client = `${project}:${environment}.client`;
      upstream.tokens.set(client, { type: 'client', environment, projects: [project] });
      upstream.features.set(client, { version: 2, features: [flag('f', project === '*' ? 'default' : project)] });
      startUp.push('--tokens', client);
    }
    const token = row.token ?? 'projecta:development.x';
    const projects = row.validated_projects ?? [token.split(':')[0] ?? ''];
    const type = row.type ?? 'frontend';
    if (row.upstream_says !== 'invalid') {
      upstream.tokens.set(token, { type, environment: token.split(/[:.]/)[1] ?? '', projects });
    }
    const { call, start } = await edgeInMemory(['--dynamic', ...startUp], upstream);
    await start();
    if (row.type === 'client') {
      // Never 511 on the client API: the first fetch decides.
      expect((await call(row.path ?? '', { token })).status).toBe(500);
      upstream.features.set(token, document);
      const again = await edgeInMemory(['--dynamic'], upstream);
      await again.start();
      expect((await again.call(row.path ?? '', { token })).status).toBe(200);
      const strict = await edgeInMemory(['--strict', '--tokens', '*:production.other'], upstream);
      upstream.tokens.set('*:production.other', { type: 'client', environment: 'production', projects: ['*'] });
      await strict.start();
      const refused = await strict.call(row.path ?? '', { token });
      expect(refused.status).toBe(403);
      expect(refused.text).toContain('not subsumed');
      return;
    }
    const answer = await call(row.path ?? '/api/frontend', { token, ...(row.method ? { method: row.method } : {}) });
    expect(answer.status).toBe(row.code);
    if (row.body) expect(answer.json()).toEqual(row.body);
    if (row.access) expect(answer.json()).toMatchObject({ access: row.access });
    if (row.toggles) expect(answer.json()).toEqual({ toggles: row.toggles });
  });
});

describe('ready', () => {
  interface Row {
    readonly tags: readonly string[];
    readonly tokens: number;
    readonly features: number;
    readonly code: number;
    readonly status?: string;
    readonly body?: unknown;
  }
  test.each(edgeVectors<Row[]>('ready').filter((row) => row.tags.includes('19.1.3+')))('%j', async (row) => {
    const upstream = scriptedUpstream();
    const client = '*:development.client';
    if (row.tokens > 0) upstream.tokens.set(client, { type: 'client', environment: 'development', projects: ['*'] });
    if (row.features > 0) upstream.features.set(client, document);
    const { call, start } = await edgeInMemory(row.tokens > 0 ? ['--tokens', client] : [], upstream);
    await start();
    const answer = await call('/internal-backstage/ready');
    expect(answer.status).toBe(row.code);
    expect(answer.json()).toEqual(row.body ?? { status: row.status });
    expect((await call('/internal-backstage/health')).json()).toEqual({ status: 'OK' });
  });
});

describe('etag_le19 and conditions', () => {
  test('a GET has a tag, and the tag is answered with 304 and itself, weak or strong, alone or in a list', async () => {
    const { call, client } = await edgeWithFlags();
    for (const [url, token] of [
      ['/api/client/features', client],
      ['/internal-backstage/features', undefined],
    ] as const) {
      const first = await call(url, { token });
      const etag = first.headers.ETag ?? '';
      expect(etag).toMatch(/^W\/"[0-9a-f]+-[\w-]{22}=="$/);
      for (const sent of [etag, '*', `"x", ${etag}`, etag.replace('W/', '')]) {
        const again = await call(url, { token, headers: { 'if-none-match': sent } });
        expect(again).toMatchObject({ status: 304, text: '' });
        expect(again.headers.ETag).toBe(etag);
      }
      expect((await call(url, { token, headers: { 'if-none-match': '"3-UDkviZRfr3iFYTpztlqwBg=="' } })).status).toBe(
        200,
      );
    }
  });

  test('a POST has none', async () => {
    const { call, upstream } = await edgeWithFlags();
    upstream.tokens.set('*:development.f', { type: 'frontend', environment: 'development', projects: ['*'] });
    expect((await call('/api/frontend', { token: '*:development.f', body: {} })).headers.ETag).toBeUndefined();
  });
});

describe('validate_endpoint', () => {
  interface Row {
    readonly mode: string;
    readonly upstream_valid?: readonly string[];
    readonly in?: readonly string[];
    readonly returned?: number;
    readonly cache?: { readonly Validated: number; readonly Invalid: number };
    readonly upstream_called?: boolean;
    readonly cached_validated?: readonly string[];
    readonly upstream?: string;
    readonly after?: string;
  }
  test.each(edgeVectors<Row[]>('validate_endpoint').filter((row) => row.mode !== 'offline'))('%j', async (row) => {
    const { call, upstream, service, start } = await edgeInMemory(['--dynamic']);
    await start();
    for (const token of [...(row.upstream_valid ?? []), ...(row.cached_validated ?? [])])
      upstream.tokens.set(token, { type: 'client' });
    if (row.mode === 'revalidation') {
      const tokens = row.cached_validated ?? ['*:production.123secret'];
      for (const token of tokens) upstream.tokens.set(token, { type: 'client' });
      await service.validator.validateAll(tokens);
      upstream.tokens.clear();
      if (row.upstream === 'error') upstream.validate = 500;
      await service.validator.revalidate();
      const expected = row.after === 'unchanged' ? 'Validated' : row.after;
      for (const token of tokens) expect(service.cache.get(token)?.status).toBe(expected);
      return;
    }
    const answer = (await call('/edge/validate', { body: { tokens: row.in } })).json() as { tokens: unknown[] };
    expect(answer.tokens).toHaveLength(row.returned ?? 0);
    if (row.upstream_called === false) expect(upstream.validated()).toEqual([]);
    if (row.cache)
      expect([service.cache.size, service.cache.refusedSize]).toEqual([row.cache.Validated, row.cache.Invalid]);
  });

  test('what cannot be read is 400', async () => {
    const { call } = await edgeInMemory([]);
    for (const body of ['{', '[]', '{"tokens":[1]}', '']) {
      expect((await call('/edge/validate', { method: 'POST', body })).status).toBe(400);
    }
    const typed = await call('/edge/validate', { body: { tokens: [] }, headers: { 'content-type': 'text/plain' } });
    expect(typed.status).toBe(400);
  });
});

describe('frontend API', () => {
  async function frontend(projects: readonly string[] = ['*'], args?: readonly string[]) {
    const edge = await edgeWithFlags(args);
    edge.upstream.tokens.set('[]:development.f', { type: 'frontend', environment: 'development', projects });
    return { ...edge, token: '[]:development.f' };
  }

  test('frontend_shape', async () => {
    const wanted = edgeVectors<{ 'toggle_19.3_plus': Record<string, unknown> }>('frontend_shape')['toggle_19.3_plus'];
    const { call, token } = await frontend();
    const { toggles } = (await call('/api/frontend', { token })).json() as { toggles: object[] };
    expect(JSON.stringify(toggles[1])).toBe(JSON.stringify({ ...wanted, name: 'b' }));
  });

  test('enabled and all, sorted, filtered by the projects of the validated token', async () => {
    const { call, token } = await frontend();
    const names = async (url: string, options = {}) =>
      ((await call(url, { token, ...options })).json() as { toggles: { name: string }[] }).toggles.map(
        ({ name }) => name,
      );
    expect(await names('/api/frontend')).toEqual(['a', 'b']);
    expect(await names('/api/proxy/')).toEqual(['a', 'b']);
    expect(await names('//api//proxy/all')).toEqual(['a', 'b', 'off']);
    expect(await names('/api/frontend', { body: { userId: '7' } })).toEqual(['a', 'b']);
    expect(await names('/api/frontend/all', { body: { context: { userId: '7' } } })).toEqual(['a', 'b', 'off']);
    const scoped = await frontend(['projecta']);
    const list = (await scoped.call('/api/frontend/all', { token: scoped.token })).json() as { toggles: object[] };
    expect(list.toggles).toHaveLength(2);
  });

  test('a single feature: exact, 404 for others, for other projects, and for tokens without projects', async () => {
    const { call, token } = await frontend(['projecta']);
    expect((await call('/api/frontend/features/b', { token })).json()).toMatchObject({ name: 'b', enabled: true });
    expect((await call('/api/frontend/features/b', { token, body: {} })).status).toBe(200);
    const other = await call('/api/frontend/features/a', { token });
    expect(other).toMatchObject({ status: 404, text: '{"error":"Failed to find feature with name a"}' });
    expect((await call('/api/proxy/features/b', { token })).status).toBe(404);
    const none = await frontend([]);
    expect((await none.call('/api/frontend/features/b', { token: none.token })).status).toBe(404);
    expect((await none.call('/api/frontend', { token: none.token })).json()).toMatchObject({ toggles: [{}, {}] });
  });

  test('contexts that cannot be read, methods and paths that are not there, and /all switched off', async () => {
    const { call, token } = await frontend(['*'], ['--dynamic', '--disable-all-endpoint']);
    const query = await call('/api/frontend?context=x', { token });
    expect(query).toMatchObject({ status: 400, text: '"context" is no object' });
    const twice = await call('/api/frontend?userId=1&userId=2', { token });
    expect(twice).toMatchObject({ status: 400, text: 'Multiple values for one key: "userId"' });
    expect((await call('/api/frontend', { token, body: { context: 'x' } })).status).toBe(400);
    expect((await call('/api/frontend', { token, method: 'POST', body: '' })).status).toBe(400);
    expect((await call('/api/frontend/all', { token })).status).toBe(404);
    expect((await call('/api/frontend/nothing', { token })).status).toBe(404);
    expect((await call('/api/frontend/nothing')).status).toBe(403);
    expect((await call('/api/frontend', { token, method: 'DELETE' })).status).toBe(404);
    expect((await call('/nothing')).status).toBe(404);
    expect((await call('/api/frontend', { token, body: `{"a":"${'x'.repeat(2_100_000)}"}` })).status).toBe(413);
  });

  test('reports are taken', async () => {
    const { call, token } = await frontend();
    const metrics = {
      appName: 'app',
      instanceId: 'i',
      bucket: {
        start: '2024-01-01T00:00:00Z',
        stop: '2024-01-01T00:01:00Z',
        toggles: { b: { yes: 2, no: 1, variants: {} } },
      },
    };
    const application = {
      appName: 'app',
      instanceId: 'i',
      interval: 10,
      started: '2024-01-01T00:00:00Z',
      strategies: [],
    };
    for (const root of ['/api/frontend', '/api/proxy', '/api/frontend/all']) {
      expect(await call(`${root}/client/metrics`, { token, body: metrics })).toMatchObject({ status: 202, text: '' });
      expect((await call(`${root}/client/register`, { token, body: application })).status).toBe(202);
    }
    const batch = (await call('/internal-backstage/metricsbatch')).json();
    expect(batch).toMatchObject({ metrics: [{ bucket: { yes: 6, no: 3 } }], applications: [{ appName: 'app' }] });
    expect((await call('/api/frontend/client/metrics', { token, body: { bucket: 1 } })).status).toBe(400);
  });

  test('the client address fills in for a missing remoteAddress only', async () => {
    const edge = await edgeInMemory(['--dynamic', '--trust-proxy', '--tokens', '*:dev.c']);
    edge.upstream.tokens.set('*:dev.c', { type: 'client' });
    edge.upstream.tokens.set('*:dev.f', { type: 'frontend' });
    const strategies = [{ name: 'remoteAddress', parameters: { IPs: '10.1.0.0/16' } }];
    edge.upstream.features.set('*:dev.c', { version: 2, features: [flag('ip', 'default', { strategies })] });
    await edge.start();
    const on = async (url: string, headers = {}, peer = '1.1.1.1') =>
      ((await edge.call(url, { token: '*:dev.f', headers, peer })).json() as { toggles: object[] }).toggles.length ===
      1;
    expect(await on('/api/frontend', {}, '10.1.2.3')).toBe(true);
    expect(await on('/api/frontend', { 'x-forwarded-for': '10.1.0.9, 2.2.2.2' })).toBe(true);
    expect(await on('/api/frontend', { forwarded: 'for=9.9.9.9', 'x-forwarded-for': '10.1.0.9' })).toBe(false);
    expect(await on('/api/frontend?remoteAddress=8.8.8.8', {}, '10.1.2.3')).toBe(false);
  });
});
