/** Section 6, row by row: statuses and bodies as 19 has them. */
import { describe, expect, test } from 'vitest';
import { edgeInMemory, flag, scriptedUpstream } from './harness.ts';
import { edgeWithFlags } from './with-flags.ts';

const frontend = '*:development.trusted';
const edge = (mode = '--dynamic') => edgeWithFlags([mode, '--pretrusted-tokens', `${frontend},*:empty.trusted`]);

describe('errors (section 6)', () => {
  test('the header holds no token: 403, without repeating it', async () => {
    const reply = await (await edge()).call('/api/frontend', { token: 'not-a-token-but-secret' });
    expect([reply.status, reply.json()]).toEqual([
      403,
      { explanation: expect.stringMatching(/^Edge could not parse token: /) },
    ]);
    expect(reply.text).not.toContain('but-secret');
  });

  test('there is no header: 403', async () => {
    const reply = await (await edge()).call('/api/client/features');
    expect([reply.status, reply.text]).toEqual([403, '{"error":"Not allowed to access"}']);
  });

  test.each([401, 403, 404, 500, 503])(
    'upstream answers the question about a token with %i: the same',
    async (status) => {
      const { call, upstream } = await edge();
      upstream.validate = status;
      const reply = await call('/api/frontend', { token: '*:development.new' });
      expect([reply.status, reply.json()]).toEqual([
        status,
        {
          explanation: 'Received a non 200 status code when trying to validate token upstream',
          status_code: String(status),
        },
      ]);
    },
  );

  test('upstream cannot be reached for it: 400', async () => {
    const { call, upstream } = await edge();
    upstream.validate = 'network';
    const reply = await call('/api/client/features', { token: '*:development.new' });
    expect([reply.status, reply.text]).toEqual([400, '{"error":"Edge token error"}']);
  });

  test('what upstream says about it cannot be read: 400', async () => {
    const upstream = scriptedUpstream();
    const send: typeof upstream.send = async (request) =>
      request.url.endsWith('/edge/validate')
        ? { status: 200, body: Buffer.from('{"tokens":7}'), header: () => undefined }
        : upstream.send(request);
    const { call, start } = await edgeInMemory(['--dynamic'], { ...upstream, send });
    await start();
    const reply = await call('/api/frontend', { token: '*:development.new' });
    expect([reply.status, Object.keys(reply.json() as object)]).toEqual([400, ['error']]);
  });

  test('nobody fetched the environment: 511, with what would help', async () => {
    const { call } = await edge();
    const reply = await call('/api/frontend', { token: '*:empty.trusted' });
    expect([reply.status, reply.json()]).toEqual([
      511,
      {
        explanation: expect.stringMatching(/^Edge does not yet have data for this token\. Please make a call against /),
        access: { project: '*', environment: 'empty' },
      },
    ]);
  });

  test('a flag that is not there: 404, with its name', async () => {
    const { call, client } = await edge();
    const body = '{"error":"Failed to find feature with name no/thing"}';
    for (const [path, token] of [
      ['/api/frontend/features/no%2Fthing', frontend],
      ['/api/client/features/no%2Fthing', client],
    ] as const) {
      expect(await call(path, { token })).toMatchObject({ status: 404, text: body });
    }
  });

  test('the first fetch for a client token fails (dynamic): 500', async () => {
    const { call, upstream } = await edge();
    upstream.tokens.set('*:other.client', { type: 'client', environment: 'other', projects: ['*'] });
    upstream.fetch = 503;
    const reply = await call('/api/client/features', { token: '*:other.client' });
    expect([reply.status, Object.keys(reply.json() as object)]).toEqual([500, ['error']]);
  });

  test('a covered token whose definitions never came (strict): 500', async () => {
    const upstream = scriptedUpstream();
    upstream.tokens.set('*:development.client', { type: 'client', environment: 'development', projects: ['*'] });
    upstream.fetch = 503;
    const { call, start } = await edgeInMemory(['--strict', '--tokens', '*:development.client'], upstream);
    await start();
    const reply = await call('/api/client/features', { token: '*:development.client' });
    expect([reply.status, reply.text]).toEqual([500, '{"error":"Fetching client features from cache failed"}']);
    const ready = await call('/internal-backstage/ready');
    expect([ready.status, ready.text]).toEqual([
      503,
      '{"error":"Edge is not ready to serve requests","status":"NOTREADY"}',
    ]);
  });

  test('a token that nobody listed (strict): 403', async () => {
    const { call, upstream } = await edge('--strict');
    upstream.tokens.set('*:other.client', { type: 'client', environment: 'other', projects: ['*'] });
    upstream.features.set('*:other.client', { version: 2, features: [flag('a')] });
    const reply = await call('/api/client/features', { token: '*:other.client' });
    expect([reply.status, reply.text]).toEqual([
      403,
      '{"error":"Edge is running with strict behavior and the token is not subsumed by any registered tokens"}',
    ]);
  });

  test('neither streaming nor delta: 403, and 500 with text', async () => {
    const { call, client: token } = await edge();
    expect(await call('/api/client/streaming', { token })).toMatchObject({
      status: 403,
      text: '{"error":"This endpoint is only enabled in streaming mode"}',
    });
    const delta = await call('/api/client/delta', { token });
    expect(delta.status).toBe(500);
    expect(delta.text).toMatch(/^Error: /);
    expect(delta.headers['Content-Type']).toMatch(/^text\/plain/);
  });

  test.each([
    ['{"a":', 400],
    ['7', 400],
    [`{"a":"${'x'.repeat(2_200_000)}"}`, 413],
  ])('a body that cannot be used: %.10s is %i, as text', async (body, status) => {
    const reply = await (await edge()).call('/api/frontend', { token: frontend, body });
    expect(reply.status).toBe(status);
    expect(reply.headers['Content-Type'] ?? 'text/plain').toMatch(/^text\/plain/);
  });
});
