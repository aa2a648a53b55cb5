/** One process, one port: Unleash Proxy and Flagsmith together. */
import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../support/ports.ts';
import { type Server, startServer } from '../support/server.ts';
import { eventually } from '../support/wait.ts';
import { e2eDocument } from './api.ts';
import { CoreApi } from './support/core-api.ts';
import { keyPairs, runtimes } from './support/halyard.ts';

const features = [{ name: 'shared', type: 'release', enabled: true, strategies: [{ name: 'default' }] }];
const flagsmithKey = { 'x-environment-key': 'client1' };

describe.each(runtimes())('Unleash Proxy and Flagsmith, %s', (subject) => {
  let core: CoreApi;
  let unleash: HttpServer;
  let unleashDown = false;
  let server: Server;

  beforeAll(async () => {
    core = await CoreApi.start();
    core.documents.set('ser.one', e2eDocument());
    unleash = createServer((request, response) => {
      request.resume();
      if (unleashDown) return void response.writeHead(500).end();
      const json = request.url?.startsWith('/api/client/features') ? { version: 2, features } : {};
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(json));
    });
    await new Promise<void>((resolve) => unleash.listen(0, '127.0.0.1', resolve));
    server = await startServer(subject, { port: await freePort(), env: settings() });
  });
  afterAll(async () => {
    await server?.stop();
    await core?.close();
    unleash?.close();
  });

  const settings = () => ({
    UNLEASH_URL: `http://127.0.0.1:${(unleash.address() as AddressInfo).port}/api`,
    UNLEASH_API_TOKEN: 'token',
    UNLEASH_PROXY_CLIENT_KEYS: 'proxy-key',
    UNLEASH_FETCH_INTERVAL: '500',
    ENABLE_OAS: 'true',
    ...keyPairs(['ser.one', 'client1']),
    API_URL: core.url,
    API_POLL_FREQUENCY_SECONDS: '1',
    HEALTH_CHECK: '{"environment_update_grace_period_seconds":0}',
    HALYARD_FLAGSMITH_REALTIME: 'true',
    HALYARD_FLAGSMITH_REALTIME_URL: core.origin,
  });

  it('answer on one port, each its own paths', async () => {
    const toggles = await server.get('/proxy', { authorization: 'proxy-key' });
    expect(JSON.parse(toggles.text).toggles).toMatchObject([{ name: 'shared', enabled: true }]);
    expect((await server.get('/api/v1/flags/', flagsmithKey)).status).toBe(200);
    expect((await server.get('/proxy', { 'x-environment-key': 'client1' })).status).toBe(401);
    expect((await server.get('/api/v1/flags/', { authorization: 'proxy-key' })).status).toBe(401);
    expect((await server.get('/docs/openapi/')).text).toContain('swagger');
    expect((await server.get('/docs')).text).toContain('Flagsmith API');
    // A poll that comes late makes the definitions stale: there is no grace here.
    await eventually('readiness', async () =>
      (await server.get('/proxy/health/readiness')).text.includes('"status":"ok"'),
    );
    expect((await server.get('/nothing')).status).toBe(404);
    expect(server.stdout()).toContain(`Unleash-proxy is listening on port ${server.port}!`);
  });

  it('answer preflights by their own rules', async () => {
    const headers = { origin: 'https://shop.example', 'access-control-request-method': 'GET' };
    const statuses = ['/proxy', '/api/v1/flags/'].map((path) => server.request({ method: 'OPTIONS', path, headers }));
    expect((await Promise.all(statuses)).map(({ status }) => status)).toEqual([204, 200]);
  });

  it('are healthy on the path of both when both are', async () => {
    const healthy = async () => {
      const { status, text } = await server.get('/proxy/health');
      return status === 200 && text === 'ok';
    };
    await eventually('health', healthy);
    core.behaveAll('error');
    const stale = await eventually('the stale side to say so', async () => {
      const reply = await server.get('/proxy/health');
      return reply.status === 503 ? reply : undefined;
    });
    expect(JSON.parse(stale.text).reason).toBe('environment document(s) stale.');
    expect((await server.get('/proxy', { authorization: 'proxy-key' })).status).toBe(200);
    core.behaveAll('good');
    await eventually('both healthy', healthy);
  });

  it('do not wait for each other', async () => {
    unleashDown = true;
    const port = await freePort();
    const own = await startServer(subject, { port, env: settings(), waitFor: 'listening' });
    expect((await own.get('/api/v1/flags/', flagsmithKey)).status).toBe(200);
    expect((await own.get('/proxy/health')).status).toBe(503);
    expect((await own.get('/proxy', { authorization: 'proxy-key' })).status).toBe(503);
    unleashDown = false;
    await own.stop();
  });
});
