/** One process, one port: Unleash Edge or its offline mode with Flagsmith, and with Unleash Proxy. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { flag } from '../edge/harness.ts';
import { type SocketUpstream, startSocketUpstream } from '../edge/socket-upstream.ts';
import { temporaryDirectory } from '../real/support/processes.ts';
import { freePort } from '../support/ports.ts';
import { type Server, startServer } from '../support/server.ts';
import type { Subject } from '../support/subjects.ts';
import { eventually } from '../support/wait.ts';
import { e2eDocument } from './api.ts';
import { CoreApi } from './support/core-api.ts';
import { keyPairs, runtimes } from './support/halyard.ts';

const client = '*:development.client-secret-0001';
const frontend = '*:development.frontend-secret-02';
const features = { version: 2, features: [flag('shared')] };
const ofFlagsmith = { 'x-environment-key': 'client1' };
const ofEdge = { authorization: frontend };
const ofProxy = { authorization: 'proxy-key' };

describe.each(runtimes())('beside Unleash Edge, %s', (subject: Subject) => {
  let core: CoreApi;
  let unleash: SocketUpstream;

  beforeAll(async () => {
    core = await CoreApi.start();
    core.documents.set('ser.one', e2eDocument());
    unleash = await startSocketUpstream();
    unleash.tokens.set(client, { type: 'client', environment: 'development', projects: ['*'] });
    unleash.tokens.set(frontend, { type: 'frontend', environment: 'development', projects: ['*'] });
    unleash.features.set(client, features);
  });
  afterAll(async () => {
    await core?.close();
    await unleash?.close();
  });

  const flagsmithVariables = () => ({
    ...keyPairs(['ser.one', 'client1']),
    API_URL: core.url,
    API_POLL_FREQUENCY_SECONDS: '1',
    HEALTH_CHECK: '{"environment_update_grace_period_seconds":0}',
    HALYARD_FLAGSMITH_REALTIME: 'true',
    HALYARD_FLAGSMITH_REALTIME_URL: core.origin,
  });
  const edgeVariables = () => ({
    UPSTREAM_URL: unleash.origin,
    TOKENS: client,
    STRICT: 'true',
    FEATURES_REFRESH_INTERVAL_SECONDS: '1',
  });
  const proxyVariables = () => ({
    UNLEASH_URL: `${unleash.origin}/api`,
    UNLEASH_API_TOKEN: client,
    UNLEASH_PROXY_CLIENT_KEYS: 'proxy-key',
  });

  async function serve(
    args: readonly string[],
    env: Record<string, string>,
    use: (server: Server) => Promise<void>,
  ): Promise<void> {
    const server = await startServer(subject, { args, env, waitFor: 'nothing' });
    try {
      await eventually('a listener', () => server.stdout().includes('is listening') || !server.alive());
      await use(server);
    } finally {
      const { code } = await server.stop();
      const output = server.stdout() + server.stderr();
      expect(output).not.toMatch(/-secret-0|ser\.one/);
      expect(code, output).toBe(0);
    }
  }
  const answers = (server: Server, path: string, headers: Record<string, string>) =>
    eventually(`an answer to ${path}`, async () => {
      const reply = await server.get(path, headers);
      return reply.status === 200 ? reply : undefined;
    });

  it('Flagsmith is served on Edge’s port, from variables alone', async () => {
    await serve([], { ...edgeVariables(), ...flagsmithVariables() }, async (server) => {
      expect(server.stdout()).toContain(`Unleash Edge is listening on port ${server.port}`);
      const toggles = await answers(server, '/api/frontend', ofEdge);
      expect(JSON.parse(toggles.text).toggles).toMatchObject([{ name: 'shared' }]);
      const flags = await answers(server, '/api/v1/flags', ofFlagsmith);
      expect(flags.text).toContain('"feature_state_value":9007199254740993}');
      const body = { identifier: 'bob', traits: [{ trait_key: 'tier', trait_value: 'gold' }] };
      expect((await server.postJson('/api/v1/identities/', body, ofFlagsmith)).text).toContain('vip!');
      expect(JSON.parse((await server.get('/internal-backstage/health')).text)).toEqual({ status: 'OK' });
      // A poll that comes late makes the definitions stale: there is no grace here.
      expect(JSON.parse((await answers(server, '/proxy/health', {})).text)).toMatchObject({ status: 'ok' });
      expect((await server.get('/health')).text).toContain('last_successful_update');
      expect((await server.get('/openapi.json')).text).toContain('/api/v1/flags/');
      expect((await server.get('/api-doc/openapi.json')).text).toContain('/api/frontend');
      // keys of one are nothing to the other
      expect((await server.get('/api/v1/flags/', ofEdge)).text).toContain('unknown key None');
      expect((await server.get('/api/frontend', ofFlagsmith)).status).toBe(403);
      // nobody's path is Edge's
      expect(await server.get('/nothing')).toMatchObject({ status: 404, text: '' });
      expect((await server.get('/internal-backstage/metrics')).text).toContain('http_requests_total');
    });
  });

  it('preflights follow the rules of whose path it is', async () => {
    await serve([], { ...edgeVariables(), ...flagsmithVariables() }, async (server) => {
      const headers = { origin: 'https://shop.example', 'access-control-request-method': 'GET' };
      const [flagsmith, edge] = await Promise.all(
        ['/api/v1/flags/', '/api/frontend'].map((path) => server.request({ method: 'OPTIONS', path, headers })),
      );
      expect(flagsmith).toMatchObject({ status: 200, text: 'OK' });
      expect(flagsmith!.headers['access-control-allow-credentials']).toBe('true');
      expect(edge!.headers['access-control-allow-credentials']).toBeUndefined();
    });
  });

  it('what is down on one side changes nothing on the other', async () => {
    core.behaveAll('error');
    unleash.fetch = 'network';
    try {
      await serve(['edge'], { ...edgeVariables(), ...flagsmithVariables() }, async (server) => {
        expect((await server.get('/api/v1/flags/', ofFlagsmith)).status).toBe(401);
        expect((await server.get('/proxy/health/readiness')).status).toBe(503);
        unleash.fetch = undefined;
        await answers(server, '/api/frontend', ofEdge);
        expect((await server.get('/proxy/health/readiness')).status).toBe(503);
        core.behaveAll('good');
        await answers(server, '/api/v1/flags/', ofFlagsmith);
      });
    } finally {
      core.behaveAll('good');
      unleash.fetch = undefined;
    }
  });

  it('offline mode serves Flagsmith, too, and ends its streams when it stops', async () => {
    const home = await temporaryDirectory('beside-offline');
    const file = join(home.path, 'flags.json');
    await writeFile(file, JSON.stringify(features));
    const args = ['offline', '-b', file, '--client-tokens', client, '--frontend-tokens', frontend];
    try {
      await serve(args, flagsmithVariables(), async (server) => {
        expect(JSON.parse((await answers(server, '/api/frontend', ofEdge)).text).toggles).toHaveLength(1);
        expect((await answers(server, '/api/v1/flags/', ofFlagsmith)).headers).toHaveProperty(
          'x-flagsmith-document-updated-at',
        );
        const stream = await fetch(`http://127.0.0.1:${server.port}/sse/environments/client1/stream`);
        expect(stream.headers.get('content-type')).toBe('text/event-stream');
        const stopped = server.stop();
        expect(await stream.text()).toContain('event: environment_updated');
        await stopped;
      });
    } finally {
      await home.remove();
    }
  });

  it('Unleash Proxy, Edge and Flagsmith are served together', async () => {
    const env = { ...edgeVariables(), ...proxyVariables(), ...flagsmithVariables() };
    await serve([], env, async (server) => {
      const line = `Unleash-proxy is listening on port ${server.port}!`;
      await eventually('all lines', () => server.stdout().includes(line));
      expect(JSON.parse((await answers(server, '/proxy', ofProxy)).text).toggles).toMatchObject([{ name: 'shared' }]);
      await answers(server, '/api/frontend', ofEdge);
      await answers(server, '/api/v1/flags/', ofFlagsmith);
      expect(await answers(server, '/proxy/health', {})).toMatchObject({ text: 'ok' });
      core.behaveAll('error');
      const stale = await eventually('the stale side to say so', async () => {
        const reply = await server.get('/proxy/health');
        return reply.status === 503 ? reply : undefined;
      });
      expect(JSON.parse(stale.text).reason).toBe('environment document(s) stale.');
      expect((await server.get('/internal-backstage/health')).status).toBe(200);
      core.behaveAll('good');
    });
  });

  it('Unleash Proxy and Edge are served together without Flagsmith', async () => {
    await serve(['edge'], { ...edgeVariables(), ...proxyVariables() }, async (server) => {
      await answers(server, '/proxy', ofProxy);
      await answers(server, '/api/client/features', { authorization: client });
      expect((await server.get('/api/v1/flags/', ofFlagsmith)).status).toBe(404);
      expect((await answers(server, '/proxy/health', {})).text).toBe('ok');
    });
  });

  it('Edge answers clients of Unleash Proxy itself, and one health for both, beside Flagsmith', async () => {
    const env = { ...edgeVariables(), ...flagsmithVariables(), UNLEASH_PROXY_CLIENT_KEYS: 'proxy-key' };
    await serve([], env, async (server) => {
      expect(JSON.parse((await answers(server, '/proxy', ofProxy)).text).toggles).toMatchObject([{ name: 'shared' }]);
      await answers(server, '/api/frontend', ofEdge);
      await answers(server, '/api/v1/flags/', ofFlagsmith);
      expect(await answers(server, '/proxy/health', {})).toMatchObject({ text: 'ok' });
      core.behaveAll('error');
      await eventually('the stale side to say so', async () => (await server.get('/proxy/health')).status === 503);
      core.behaveAll('good');
      expect(server.stdout()).not.toContain('Unleash-proxy is listening');
    });
  });

  it('a start that makes no sense ends with 1 and the reason', async () => {
    const failing = async (env: Record<string, string>) => {
      const server = await startServer(subject, { args: ['edge'], env, waitFor: 'nothing', port: await freePort() });
      expect((await server.exit).code).toBe(1);
      await server.stop();
      return server.stderr();
    };
    const { TOKENS: _, ...withoutTokens } = edgeVariables();
    expect(await failing({ ...withoutTokens, ...flagsmithVariables() })).toContain('No tokens provided');
    const broken = { ...edgeVariables(), ENVIRONMENT_KEY_PAIRS: '[{"server_side_key":"secret-key"}]' };
    const said = await failing(broken);
    expect(said).toContain('environment_key_pairs[0].client_side_key is required');
    expect(said).not.toContain('secret-key');
  });
});
