/** Flagsmith mode as its users run it: a process with the original's settings, over a socket, on both runtimes. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeJson } from '../../src/flagsmith/json/encode.ts';
import { freePort } from '../support/ports.ts';
import { type Server, startServer } from '../support/server.ts';
import { eventually } from '../support/wait.ts';
import { client, e2eDocument, e2eRegistry } from './api.ts';
import { textOf } from './requests.ts';
import { CoreApi } from './support/core-api.ts';
import { keyPairs, listensOn, runtimes, startFlagsmith } from './support/halyard.ts';
import { list, member, vectors } from './vectors.ts';

const inMemory = client(e2eRegistry());
const all = keyPairs(['ser.one', 'client1'], ['ser.two', 'client2'], ['ser.three', 'client3'], ['ser.four', 'client4']);
const key = (value: string) => ({ 'x-environment-key': value });
/** Identities that nobody named are split among variants by chance. */
const unnamed = /^\{"identifier":"(random|[0-9a-f]{32})".*?"flags":/;
const split = /\{"feature":\{"id":7,[^}]*\}[^}]*\}/;
const anonymous = (text: string) => (unnamed.test(text) ? text.replace(unnamed, '').replace(split, '') : text);

describe.each(runtimes())('Flagsmith mode, %s', (subject) => {
  let core: CoreApi;
  let server: Server;

  beforeAll(async () => {
    core = await CoreApi.start();
    core.documents.set('ser.one', e2eDocument());
    core.documents.set('ser.two', e2eDocument({ api_key: 'client2', name: null }, { hide_disabled_flags: true }));
    core.documents.set('ser.three', e2eDocument({ api_key: 'client3', hide_disabled_flags: true }));
    const logging = JSON.stringify({ log_format: 'json', enable_access_log: true });
    server = await startFlagsmith(
      subject,
      core,
      { ...all, LOGGING: logging, HALYARD_FLAGSMITH_BODY_LIMIT_BYTES: '20000' },
      { waitFor: 'listening' },
    );
  });
  afterAll(async () => {
    await server?.stop();
    await core?.close();
  });

  describe('answers over a socket as in memory, where the vectors are held', () => {
    const rows = vectors.cases('proxy_e2e').map((row) => ({
      name: encodeJson(member(row, 'req')),
      sent: list(member(row, 'req')) as (string | null)[],
    }));
    it.each(rows)('$name', async ({ sent: [method, path, sentKey, body] }) => {
      const headers = sentKey === null ? {} : key(sentKey!);
      const expected = await inMemory(method!, path!, headers, body ?? '');
      const got = await server.request({ method: method!, path: path!, headers, ...(body ? { body } : {}) });
      // client4 has no document anywhere, so this server is not ready; the one in memory says that it is
      if (path!.includes('/health') && !path!.includes('liveness')) return expect(got.status).toBe(503);
      expect(got.status).toBe(expected.status);
      expect(anonymous(got.text)).toBe(anonymous(textOf(expected)));
      expect(got.headers['content-type']).toBe(expected.headers['Content-Type']);
    });
  });

  it('compresses from 1000 bytes on and answers preflights of browsers', async () => {
    const headers = { ...key('client1'), 'accept-encoding': 'gzip' };
    const large = await server.get(`/api/v1/identities/?identifier=${'a'.repeat(1000)}`, headers);
    expect(large.headers['content-encoding']).toBe('gzip');
    expect(large.headers.vary).toBe('Accept-Encoding');
    const small = await server.get('/api/v1/flags/?feature=str', headers);
    expect(small.headers['content-encoding']).toBeUndefined();
    const asked = 'content-type,flagsmith-application-name,flagsmith-sdk-user-agent,x-environment-key';
    const preflight = await server.request({
      method: 'OPTIONS',
      path: '/api/v1/identities/',
      headers: {
        origin: 'https://shop.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': asked,
      },
    });
    expect(preflight).toMatchObject({ status: 200, text: 'OK' });
    expect(preflight.headers).toMatchObject({
      'access-control-allow-origin': 'https://shop.example',
      'access-control-allow-headers': asked,
      'access-control-allow-credentials': 'true',
    });
  });

  it('answers 404, 405, 413, 422 and 400 as documented, and lives on', async () => {
    expect((await server.get('/')).text).toBe('{"detail":"Not Found"}');
    expect(await server.request({ method: 'HEAD', path: '/api/v1/flags/' })).toMatchObject({ status: 405 });
    const post = (body: string | Uint8Array) =>
      server.request({ method: 'POST', path: '/api/v1/identities/', headers: key('client1'), body });
    expect((await post('{"identifier":1}')).status).toBe(422);
    expect((await post(new Uint8Array([0x7b, 0xff]))).status).toBe(400);
    expect((await post('x'.repeat(20_001))).status).toBe(413);
    expect(await server.get('/proxy/health/liveness')).toMatchObject({ status: 200, text: '' });
  });

  it('takes the first of repeated keys and parameters', async () => {
    const get = (keys: string[], path = '/api/v1/flags/?feature=str') =>
      server.request({ path, headers: { 'x-environment-key': keys } });
    expect((await get(['client1', 'nope'])).status).toBe(200);
    expect((await get(['nope', 'client1'])).text).toContain("unknown key 'nope'");
    expect((await get(['client1'], '/api/v1/flags/?feature=nope&feature=str')).status).toBe(200);
  });

  it('tells its figures, and no key', async () => {
    const { status, headers, text } = await server.get('/proxy/metrics');
    expect([status, headers['content-type']]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
    expect(text).toMatch(/^halyard_requests_total\{endpoint="\/api\/v1\/flags",status="200"\} [1-9]/m);
    expect(text).toMatch(/^halyard_fetches_total\{environment="\(cli…\) \(2\)",outcome="failed"\} [1-9]/m);
    expect(text).toMatch(/^process_resident_memory_bytes [1-9]/m);
    expect(text).not.toMatch(/client[1-4]|ser\./);
  });

  it('logs in the form of the original and never a server key', async () => {
    const lines = server.stderr().split('\n').filter(Boolean);
    const events = lines.map((line) => JSON.parse(line));
    expect(server.stdout()).toBe('Configuration file config.json not found\n');
    expect(events.map(({ message }) => message)).toContain('Application startup complete.');
    expect(events.filter(({ logger }) => logger === 'httpx').map(({ message }) => message)).toContain(
      `HTTP Request: GET ${core.url}/environment-document/ "HTTP/1.1 200 OK"`,
    );
    expect(
      events.find((one) => one.message === 'error_fetching_document' && one.client_side_key === 'client4'),
    ).toEqual(expect.objectContaining({ level: 'error', exception: 'upstream answered 403' }));
    const access = events.find(({ logger, path }) => logger === 'uvicorn.access' && path === '/proxy/health');
    expect(access).toMatchObject({ method: 'GET', status: 503, remote_ip: '127.0.0.1:0' });
    expect(server.stderr()).not.toMatch(/ser\.(one|two|three|four)/);
  });

  it('keeps serving each environment through everything upstream may do, and sees changes again', async () => {
    const port = await freePort();
    const settings = {
      ...keyPairs(['ser.one', 'client1']),
      HEALTH_CHECK: '{"environment_update_grace_period_seconds":1}',
      API_POLL_TIMEOUT_SECONDS: '2',
    };
    const own = await startFlagsmith(subject, core, settings, { port });
    const value = async () => JSON.parse((await own.get('/api/v1/flags/?feature=str', key('client1'))).text);
    try {
      const before = await value();
      await eventually('an answer 304', () => core.documentStatuses.includes(304));
      for (const behaviour of ['down', 'error', 'garbage', 'truncated', 'array', 'empty', 'slow'] as const) {
        core.behaviours.set('ser.one', behaviour);
        const asked = core.requests.length;
        await eventually(`another poll (${behaviour})`, () => core.requests.length > asked);
        expect(await value()).toEqual(before);
        core.behaviours.set('ser.one', 'good');
        await eventually('readiness', async () => (await own.get('/health')).status === 200);
      }
      core.behaviours.set('ser.one', 'error');
      const stale = await eventually('staleness', async () => {
        const { status, text } = await own.get('/proxy/health/readiness');
        return status === 503 ? JSON.parse(text) : undefined;
      });
      expect(stale).toMatchObject({ status: 'error', reason: 'environment document(s) stale.' });
      core.behaviours.delete('ser.one');
      core.change('ser.one', (document) => {
        const states = document.feature_states as { feature: { name: string }; feature_state_value: unknown }[];
        states.find(({ feature }) => feature.name === 'str')!.feature_state_value = 'changed';
      });
      await eventually('the change', async () => (await value()).feature_state_value === 'changed');
      expect((await server.get('/api/v1/flags/', key('client2'))).status).toBe(200);
    } finally {
      await own.stop();
    }
  });

  it('serves without a restart once upstream is there', async () => {
    const late = await CoreApi.start();
    late.documents.set('ser.one', e2eDocument());
    late.behaveAll('error');
    const own = await startFlagsmith(subject, late, keyPairs(['ser.one', 'client1']), { waitFor: 'listening' });
    try {
      expect((await own.get('/api/v1/flags/', key('client1'))).status).toBe(401);
      expect(JSON.parse((await own.get('/health')).text)).toEqual({
        status: 'error',
        reason: 'environment document(s) not updated.',
        last_successful_update: null,
      });
      late.behaveAll('good');
      await eventually('flags', async () => (await own.get('/api/v1/flags/', key('client1'))).status === 200);
    } finally {
      await own.stop();
      await late.close();
    }
  });

  it('is configured by config.json, too, and forwards analytics when it is stopped', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'halyard-flagsmith-'));
    const port = await freePort();
    const pairs = [{ server_side_key: 'ser.one', client_side_key: 'client1' }];
    const config = { environment_key_pairs: pairs, api_url: `${core.url}/`, server: { host: '127.0.0.1', port } };
    writeFileSync(join(directory, 'config.json'), JSON.stringify(config));
    try {
      const own = await startServer(subject, { directory, port });
      expect(own.stdout()).toContain('Loaded configuration from config.json');
      const reply = await own.postJson('/api/v1/analytics/flags/', { str: 3, nope: 1 }, key('client1'));
      expect(reply).toMatchObject({ status: 200, text: '' });
      const evaluations = [
        { feature_name: 'str', identity_identifier: 'bob', count: 2, enabled_when_evaluated: true },
        { feature_name: 'nope', identity_identifier: 'bob', count: 2, enabled_when_evaluated: true },
      ];
      expect(await own.postJson('/api/v2/analytics/flags/', { evaluations }, key('client1'))).toMatchObject({
        status: 204,
        text: '',
      });
      await own.stop();
      expect(core.posted('/analytics/flags/')).toContain('{"str":3}');
      const second = core.requests.find(({ path }) => path === '/api/v2/analytics/flags/');
      expect(JSON.parse(second?.body ?? '')).toEqual({ evaluations: evaluations.slice(0, 1) });
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });

  it('works with the variables of version 1.0', async () => {
    core.documents.set('client1', e2eDocument());
    const port = await freePort();
    const env = { FLAGSMITH_API_URL: `${core.url}/`, FLAGSMITH_API_TOKEN: 'admin', ENVIRONMENT_API_KEYS: 'client1' };
    const own = await startServer(subject, { port, env: { ...env, ...listensOn(port) } });
    expect((await own.get('/api/v1/flags', key('client1'))).status).toBe(200);
    expect(core.requests.map(({ path }) => path)).toContain('/api/v1/environments/client1/document/');
    await own.stop();
  });

  it('ends with 1 when it is not configured or the port is taken', async () => {
    const run = (env: Record<string, string>, args: string[] = []) =>
      startServer(subject, { env, args, waitFor: 'nothing' });
    const none = await run({}, ['flagsmith']);
    expect((await none.exit).code).toBe(1);
    expect(none.stderr()).toContain('environment_key_pairs is required');
    const wrong = await run({ ENVIRONMENT_KEY_PAIRS: '[{"server_side_key":"secret-key"}]' });
    expect((await wrong.exit).code).toBe(1);
    expect(wrong.stderr()).toContain('environment_key_pairs[0].client_side_key is required');
    expect(wrong.stderr()).not.toContain('secret-key');
    const taken = createServer();
    const port = await freePort();
    await new Promise<void>((resolve) => taken.listen(port, '127.0.0.1', resolve));
    const second = await run({ ...keyPairs(['ser.one', 'client1']), API_URL: core.url, ...listensOn(port) });
    expect((await second.exit).code).toBe(1);
    expect(second.stderr()).toContain('EADDRINUSE');
    taken.close();
    await Promise.all([none.stop(), wrong.stop(), second.stop()]);
  });

  it('names settings that nothing reads, and starts', async () => {
    core.documents.set('ser.one', e2eDocument());
    const directory = await mkdtemp(join(tmpdir(), 'halyard-flagsmith-'));
    const port = await freePort();
    const config = {
      environment_key_pairs: [{ server_side_key: 'ser.one', client_side_key: 'client1' }],
      api_url: core.url,
      server: { host: '127.0.0.1', port, proxy_header: true },
      endpoint_cache: {},
    };
    writeFileSync(join(directory, 'config.json'), JSON.stringify(config));
    const own = await startServer(subject, { port, directory });
    expect((await own.get('/api/v1/flags', key('client1'))).status).toBe(200);
    const told = own
      .stderr()
      .split('\n')
      .filter((line) => line.includes('unknown settings'));
    expect(told).toEqual([
      expect.stringMatching(
        /\[warning {2}\] unknown settings are ignored: server\.proxy_header \(did you mean server\.proxy_headers\?\), endpoint_cache \(did you mean endpoint_caches\?\) \[.+\] code=HALYARD-1001$/,
      ),
    ]);
    await own.stop();
    await rm(directory, { recursive: true, force: true });
  });

  it('stops at once while upstream does not answer', async () => {
    core.documents.set('ser.slow', e2eDocument());
    core.behaviours.set('ser.slow', 'slow');
    const env = { ...keyPairs(['ser.slow', 'slow']), API_POLL_TIMEOUT_SECONDS: '600' };
    const own = await startFlagsmith(subject, core, env, { waitFor: 'nothing' });
    await eventually('start', () => own.stderr().includes('Waiting for application startup.'));
    // Which fails where it takes a minute.
    await own.stop();
  });

  it('does not take a config.json whose list of key pairs is misspelt for a wish to see the demo', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'halyard-flagsmith-'));
    const config = { environment_key_pair: [{ server_side_key: 'ser.one', client_side_key: 'client1' }] };
    writeFileSync(join(directory, 'config.json'), JSON.stringify(config));
    const own = await startServer(subject, { directory, waitFor: 'nothing' });
    expect((await own.exit).code).toBe(1);
    expect(own.stderr()).toContain('environment_key_pairs is required');
    expect(own.stdout()).not.toContain('DEMO');
    await rm(directory, { recursive: true, force: true });
  });

  it('renders a configuration once', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'halyard-flagsmith-'));
    const render = async () => {
      const own = await startServer(subject, { directory, args: ['render-config'], waitFor: 'nothing' });
      expect((await own.exit).code).toBe(0);
      return { out: own.stdout(), error: own.stderr() };
    };
    const { out: printed } = await render();
    expect(readFileSync(join(directory, 'config.json'), 'utf8')).toBe(printed);
    expect(JSON.parse(printed)).toMatchObject({ api_url: 'https://edge.api.flagsmith.com/api/v1' });
    expect(await render()).toEqual({ out: '', error: 'halyard: config.json exists already and was left as it is\n' });
    expect(existsSync(join(directory, 'config.json'))).toBe(true);
    const elsewhere = { CONFIG_PATH: join(directory, 'missing', 'config.json') };
    // The name of the original's program, as definitions of containers may have it.
    const args = ['edge-proxy-render-config'];
    const unwritable = await startServer(subject, { env: elsewhere, args, waitFor: 'nothing' });
    expect((await unwritable.exit).code).toBe(1);
    expect(unwritable.stdout()).toBe(printed);
    expect(unwritable.stderr()).toMatch(
      /^halyard: \S+\/missing\/config\.json cannot be written, only printed: ENOENT.*\n$/,
    );
    await rm(directory, { recursive: true, force: true });
  });
});
