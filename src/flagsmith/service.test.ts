import { describe, expect, it } from 'vitest';
import { e2eDocument } from '../../test/flagsmith/api.ts';
import { request, textOf } from '../../test/flagsmith/requests.ts';
import { settled, TestTimers, testLog } from '../../test/flagsmith/timers.ts';
import { type Script, ScriptedUpstream } from '../../test/flagsmith/upstream.ts';
import { readConfig } from './config/read-config.ts';
import { createFlagsmithService, type KeptTexts } from './service.ts';

const pairs = '[{"server_side_key":"ser.one","client_side_key":"client1"}]';

function setUp(environment: Record<string, string>, answer: (url: string, key: string) => Script, kept?: KeptTexts) {
  const result = readConfig(null, { API_URL: 'http://api/api/v1/', ...environment });
  if (!result.ok) throw new Error(result.problems.join());
  const timers = new TestTimers(Date.parse('2024-06-01T00:00:00Z'));
  const upstream = new ScriptedUpstream(({ url, headers }) => answer(url, headers['X-Environment-Key'] ?? ''));
  const opened: string[] = [];
  const log = testLog();
  const service = createFlagsmithService({
    config: result.config,
    send: upstream.send,
    timers,
    log,
    randomId: () => 'id',
    openEventStream: (url) => new Promise(() => opened.push(url)),
    kept: kept ?? null,
  });
  const send = async (method: string, url: string, key: string, body = '') =>
    service.handler(request(method, url, { 'x-environment-key': key }, body));
  return { timers, upstream, service, send, opened, log };
}

const good: Script = { status: 200, body: e2eDocument() };
const memory = (texts: Map<string, string>): KeptTexts => ({
  read: async (name) =>
    texts.has(name) ? { text: texts.get(name)!, savedMs: Date.parse('2024-05-31T23:59:55Z') } : null,
  write: async (name, text) => void texts.set(name, text),
  remove: async (name) => void texts.delete(name),
});

describe('the Flagsmith part', () => {
  it('fetches, serves, and forwards what SDKs report', async () => {
    const { service, send, upstream, timers } = setUp({ ENVIRONMENT_KEY_PAIRS: pairs }, () => good);
    await service.start();
    expect((await send('GET', '/api/v1/flags/', 'client1')).status).toBe(200);
    expect((await send('GET', '/proxy/health', '')).status).toBe(200);
    await send('POST', '/api/v1/analytics/flags/', 'client1', '{"str":2}');
    await timers.advance(10_000);
    expect(upstream.requests.find(({ method }) => method === 'POST')).toMatchObject({
      url: 'http://api/api/v1/analytics/flags/',
      body: '{"str":2}',
    });
    await send('POST', '/api/v1/analytics/flags/', 'client1', '{"mv":1}');
    await service.stop();
    expect(upstream.requests.at(-1)?.body).toBe('{"mv":1}');
    expect(timers.next).toBe(null);
  });

  it('works as version 1.0 did', async () => {
    const legacy = {
      FLAGSMITH_API_URL: 'http://old/api/v1/',
      FLAGSMITH_API_TOKEN: 't',
      ENVIRONMENT_API_KEYS: 'client1',
    };
    const { service, send, upstream } = setUp(legacy, () => good);
    await service.start();
    expect(upstream.requests[0]).toMatchObject({
      url: 'http://old/api/v1/environments/client1/document/',
      headers: { Authorization: 'Token t' },
    });
    expect((await send('GET', '/api/v1/flags', 'client1')).status).toBe(200);
  });

  it('starts from what was kept when upstream is down', async () => {
    const texts = new Map<string, string>();
    const first = setUp({ ENVIRONMENT_KEY_PAIRS: pairs }, () => good, memory(texts));
    await first.service.start();
    expect([...texts.keys()]).toEqual(['client1']);
    const second = setUp({ ENVIRONMENT_KEY_PAIRS: pairs }, () => ({ status: 502 }), memory(texts));
    await second.service.start();
    expect((await second.send('GET', '/api/v1/flags/', 'client1')).status).toBe(200);
    expect(await second.service.readiness()).toMatchObject({ status: 200 });
    const broken = {
      read: () => Promise.reject(new Error('disk')),
      write: () => Promise.reject(new Error('disk')),
      remove: async () => undefined,
    };
    const third = setUp({ ENVIRONMENT_KEY_PAIRS: pairs }, () => good, broken);
    await third.service.start();
    await settled();
    expect((await third.send('GET', '/api/v1/flags/', 'client1')).status).toBe(200);
    expect(third.log.lines).toHaveLength(2);
  });

  it('finds its environments, listens for changes and reports usage', async () => {
    const environment = { HALYARD_FLAGSMITH_PROXY_KEY: 'pk.x', HALYARD_FLAGSMITH_REALTIME: 'true' };
    const keys = [{ key: 'ser.one', active: true, expires_at: null }];
    const list = JSON.stringify([{ client_side_key: 'client1', server_side_keys: keys }]);
    const texts = new Map<string, string>();
    const answer = (url: string): Script => (url.endsWith('/proxy/config/') ? { status: 200, body: list } : good);
    const { service, send, upstream, timers, opened } = setUp(environment, answer, memory(texts));
    await service.start();
    const listName = [...texts.keys()].find((name) => name.startsWith('*'));
    expect([listName, texts.get(listName ?? '')]).toEqual([expect.not.stringContaining('pk.x'), list]);
    const reply = await send('GET', '/api/v1/flags/', 'ser.one');
    expect(reply.headers['X-Flagsmith-Document-Updated-At']).toBe('1714979289.123456');
    expect(opened).toEqual(['https://realtime.flagsmith.com/sse/environments/client1/stream']);
    expect((await send('GET', '/sse/environments/client1/stream', '')).stream).toBeDefined();
    await timers.advance(60_000);
    expect(upstream.requests.find(({ url }) => url.endsWith('/proxy/usage/'))?.body).toContain('"count":1');
    await service.stop();

    const offline = setUp(environment, () => ({ status: 500 }), memory(texts));
    await offline.service.start();
    expect(textOf(await offline.send('GET', '/api/v1/flags/', 'ser.one'))).toContain('"str"');
  });

  it('forgets the kept document of an environment that is gone, and only then', async () => {
    const environment = { HALYARD_FLAGSMITH_PROXY_KEY: 'pk.x', ENVIRONMENT_KEY_PAIRS: pairs };
    const keys = [{ key: 'ser.two', active: true, expires_at: null }];
    const two = JSON.stringify([{ client_side_key: 'client2', server_side_keys: keys }]);
    const texts = new Map<string, string>();
    let config: Script = { status: 200, body: two };
    const answer = (url: string): Script => (url.endsWith('/proxy/config/') ? config : good);
    const { service, timers, send } = setUp(environment, answer, memory(texts));
    await service.start();
    const documents = () => [...texts.keys()].filter((name) => !name.startsWith('*')).sort();
    expect(documents()).toEqual(['client1', 'client2']);
    for (const failure of [{ status: 500 }, { status: 404 }, { status: 200, body: '{}' }]) {
      config = failure;
      await timers.advance(11_000);
      expect(documents()).toEqual(['client1', 'client2']);
    }
    config = { status: 200, body: '[]' };
    await timers.advance(11_000);
    expect(documents()).toEqual(['client1']);
    expect((await send('GET', '/api/v1/flags/', 'client2')).status).toBe(401);
    expect((await send('GET', '/api/v1/flags/', 'client1')).status).toBe(200);
    await service.stop();
  });

  it('offers no stream where realtime is off', async () => {
    const { send } = setUp({ ENVIRONMENT_KEY_PAIRS: pairs }, () => good);
    expect((await send('GET', '/sse/environments/client1/stream', '')).status).toBe(404);
  });
});
