import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { send } from '../support/http.ts';
import { eventually } from '../support/wait.ts';
import { e2eDocument } from './api.ts';
import { type CoreApi, startCoreApi } from './core-api.ts';
import { hosts, type Started } from './hosts.ts';

const pairs = ['one', 'two', 'late', 'broken'].map((name) => ({
  server_side_key: `ser.${name}`,
  client_side_key: name,
}));

describe.each(Object.entries(hosts))('Flagsmith on %s', (_, start) => {
  let core: CoreApi;
  let server: Started;
  beforeAll(async () => {
    core = await startCoreApi(e2eDocument());
    core.modes.set('ser.one', 'good').set('ser.two', 'paged').set('ser.late', 'down').set('ser.broken', 'list');
    server = await start({
      ENVIRONMENT_KEY_PAIRS: JSON.stringify(pairs),
      API_URL: `${core.url}/`,
      API_POLL_FREQUENCY: '1',
      HALYARD_FLAGSMITH_REALTIME: 'true',
      HALYARD_FLAGSMITH_REALTIME_URL: core.url,
    });
  });
  afterAll(async () => {
    await server?.stop();
    await core?.close();
  });

  const get = (path: string, key?: string, headers: Record<string, string> = {}) =>
    send(server.port, { path, headers: { ...(key === undefined ? {} : { 'X-Environment-Key': key }), ...headers } });
  const post = (path: string, key: string, body: string) =>
    send(server.port, { method: 'POST', path, body, headers: { 'X-Environment-Key': key } });

  it('serves flags, identities and the document', async () => {
    const flags = await get('/api/v1/flags/', 'one');
    expect([flags.status, flags.headers['content-type']]).toEqual([200, 'application/json']);
    expect(flags.text).toContain('"feature_state_value":9007199254740993}');
    const body =
      '{"identifier":"é","traits":[{"trait_key":"tier","trait_value":"gold"},{"trait_key":"f","trait_value":1.0}]}';
    const identity = await post('/api/v1/identities/', 'one', body);
    expect(identity.text).toMatch(/^\{"identifier":"é","traits":\[.*"trait_value":1\.0\}\],"flags":\[\{.*vip!/);
    expect((await get('/api/v1/environment-document/', 'ser.one')).text).toBe(e2eDocument());
    expect((await get('/proxy/health/liveness')).status).toBe(200);
  });

  it('answers without and with a wrong key', async () => {
    expect((await get('/api/v1/flags/')).text).toContain('unknown key None');
    expect((await get('/api/v1/flags/', "it's")).text).toContain(`unknown key \\"it's\\"`);
  });

  it('compresses where it is worth it', async () => {
    const path = `/api/v1/identities/?identifier=${'x'.repeat(300)}`;
    const zipped = await get(path, 'one', { 'Accept-Encoding': 'gzip' });
    expect(zipped.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'Accept-Encoding' });
    expect(zipped.text).toBe((await get(path, 'one')).text);
    const small = await get('/api/v1/flags/?feature=str', 'one', { 'Accept-Encoding': 'gzip' });
    expect(small.headers['content-encoding']).toBeUndefined();
  });

  it('grants browsers what SDKs ask for', async () => {
    const reply = await send(server.port, {
      method: 'OPTIONS',
      path: '/api/v1/identities/',
      headers: {
        Origin: 'https://app',
        'Access-Control-Request-Method': 'POST',
        'Access-Control-Request-Headers': 'content-type,flagsmith-sdk-user-agent,x-environment-key,x-custom',
      },
    });
    expect([reply.status, reply.text, reply.headers['access-control-allow-origin']]).toEqual([
      200,
      'OK',
      'https://app',
    ]);
    expect(reply.headers['access-control-allow-headers']).toContain('x-environment-key');
  });

  it('has read all pages of a paged document', async () => {
    const alice = await get('/api/v1/identities/?identifier=alice', 'two');
    const answer = await get('/api/v1/identities/?identifier=42', 'two');
    expect([alice.text.includes('alice!'), answer.text.includes('"answer"')]).toEqual([true, true]);
  });

  it('serves what works while something else does not, and picks it up later', async () => {
    expect((await get('/proxy/health/readiness')).status).toBe(503);
    expect((await get('/api/v1/flags/', 'late')).status).toBe(401);
    core.modes.set('ser.late', 'moved').set('ser.broken', 'good');
    await eventually('the late environment', async () => (await get('/api/v1/flags/', 'late')).status === 200, 10_000);
    await eventually('readiness', async () => (await get('/proxy/health/readiness')).status === 200, 10_000);
  });

  it('keeps serving the last good document, and follows changes', async () => {
    core.modes.set('ser.broken', 'garbage');
    const asked = core.asked.length;
    await eventually(
      'two polls',
      () => core.asked.slice(asked).filter((line) => line.includes('ser.broken')).length > 1,
      10_000,
    );
    expect((await get('/api/v1/flags/', 'broken')).status).toBe(200);
    expect(core.asked.some((line) => line.endsWith('ser.one Mon, 06 May 2024 07:08:09 GMT'))).toBe(true);
    core.modes.set('ser.one', 'changed');
    const changed = async () =>
      (await get('/api/v1/environment-document', 'ser.one')).text.includes('"name":"Changed"');
    await eventually('the change', changed, 5_000);
  });

  it('streams changes to SDKs', async () => {
    const reply = await fetch(`http://127.0.0.1:${server.port}/sse/environments/two/stream`);
    expect(reply.headers.get('content-type')).toBe('text/event-stream');
    const reader = reply.body!.getReader();
    const decoder = new TextDecoder();
    let text = decoder.decode((await reader.read()).value);
    expect(text).toContain('"updated_at": 1714979289.123456');
    core.modes.set('ser.two', 'changed');
    while (!text.includes('1714979340.5')) text += decoder.decode((await reader.read()).value);
    expect((await get('/api/v1/flags/', 'two')).headers['x-flagsmith-document-updated-at']).toBe('1714979340.5');
    await reader.cancel();
  });

  it('takes analytics', async () => {
    expect((await post('/api/v1/analytics/flags/', 'one', '{"str":3,"nope":1}')).status).toBe(200);
    await eventually('the forwarded counts', () => core.analytics.includes('{"str":3}'), 15_000);
  });
});
