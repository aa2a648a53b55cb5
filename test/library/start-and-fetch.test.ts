/** `start`, `serve`, `dist/start` and the fetch handler on real sockets, on both runtimes: spec 6.6 and 7. */
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { fixture } from '../support/golden.ts';
import { send } from '../support/http.ts';
import { startUpstream, type Upstream } from '../support/upstream.ts';
import { eventually } from '../support/wait.ts';
import { halyard, key, namesIn, ordinaryOptions, silent } from './support/apps.ts';
import { type Program, startProgram } from './support/program.ts';
import { createProject, type Project, runtimes } from './support/project.ts';

let upstream: Upstream;
let project: Project | undefined;
let program: Program | undefined;
beforeAll(async () => {
  upstream = await startUpstream({ definitions: fixture('main') });
});
afterEach(async () => {
  await program?.stop();
  project?.remove();
  program = undefined;
  project = undefined;
});
afterAll(() => upstream.close());

const environment = () => ({
  UNLEASH_URL: `${upstream.origin}/api`,
  UNLEASH_API_TOKEN: 't',
  UNLEASH_PROXY_CLIENT_KEYS: 'k1',
});

describe.each(runtimes)('on %s', (runtime) => {
  it('start listens, says so, can be closed, and has its last usage sent', async () => {
    project = createProject({
      'main.cjs': `
        const { start } = require('halyard');
        const app = start();
        app.get('/own', (request, response) => response.send('own route'));
        app.get('/close', async (request, response) => { response.send('closing'); await app.halyard.close(); console.log('closed'); });`,
    });
    const own = await startUpstream({ definitions: fixture('main') });
    try {
      const env = { ...environment(), UNLEASH_URL: `${own.origin}/api` };
      program = await startProgram(runtime, ['main.cjs'], { directory: project.directory, env });
      expect(program.stdout()).toBe(`Unleash-proxy is listening on port ${program.port}!\n`);
      expect((await program.get('/own')).text).toBe('own route');
      await program.request({
        method: 'POST',
        path: '/proxy',
        headers: { ...key, 'content-type': 'application/json' },
        body: '{"toggles":["always-on"]}',
      });
      await program.get('/close');
      expect(await program.exit).toBe(0);
      expect(program.stdout()).toContain('closed');
      expect(own.of('metrics')[0]?.body).toContain('"always-on":{"yes":1,"no":0');
    } finally {
      await own.close();
    }
  });

  it('dist/start runs the server from the environment and stops cleanly', async () => {
    project = createProject();
    const options = { directory: project.directory, env: environment() };
    program = await startProgram(runtime, ['node_modules/halyard/dist/start.js'], options);
    expect(program.stdout()).toBe(`Unleash-proxy is listening on port ${program.port}!\n`);
    expect(namesIn(await program.get('/proxy?sessionId=s', key))).toContain('always-on');
    expect(await program.stop()).toBe(0);
  });

  it('dist/start without settings ends with 1 and the message of the original', async () => {
    project = createProject({ 'main.cjs': "require('halyard/dist/start')" });
    program = await startProgram(runtime, ['main.cjs'], { directory: project.directory, until: null });
    expect(await program.exit).toBe(1);
    expect(program.stderr()).toContain('TypeError: You must specify the unleashUrl option (UNLEASH_URL)');
  });

  it('a port that is taken ends start with 1', async () => {
    project = createProject({ 'main.cjs': "require('halyard').start()" });
    const taken = createServer().listen(0);
    const { port } = taken.address() as AddressInfo;
    const env = { ...environment(), PORT: String(port) };
    program = await startProgram(runtime, ['main.cjs'], { directory: project.directory, env, until: null });
    expect(await program.exit).toBe(1);
    expect(program.stderr()).toMatch(/EADDRINUSE|in use/);
    taken.close();
  });

  it('createApp works in an ES module, with the address of the client', async () => {
    project = createProject({
      'main.mjs': `
        import { createApp } from 'halyard';
        const app = createApp({ trustProxy: 1, expCustomEnrichers: [(context, request) => ({ ...context, userId: context.remoteAddress + ' ' + request.get('x-own') })],
          customStrategies: [{ name: 'default', isEnabled: (parameters, context) => context.userId === '9.9.9.9 yes' }] });
        app.listen(process.env.PORT, '127.0.0.1');`,
    });
    program = await startProgram(runtime, ['main.mjs'], { directory: project.directory, env: environment() });
    const headers = { ...key, 'x-forwarded-for': '9.9.9.9' };
    expect(namesIn(await program.get('/proxy', { ...headers, 'x-own': 'yes' }))).toContain('always-on');
    expect(namesIn(await program.get('/proxy', headers))).not.toContain('always-on');
  });
});

describe('serve', () => {
  it('listens on a free port, answers from a client that is given, and warns of preHook', async () => {
    const warnings: unknown[] = [];
    const toggles = [{ name: 'own', enabled: true }];
    const client = {
      isReady: () => true,
      setUnleashApiToken: () => undefined,
      getEnabledToggles: () => toggles,
      getAllToggles: () => toggles,
      getDefinedToggles: () => toggles,
      getFeatureToggleDefinitions: () => [],
      registerMetrics: () => undefined,
    };
    const logger = { ...silent, warn: (message: unknown) => void warnings.push(message) };
    const server = await halyard().serve({
      ...ordinaryOptions(upstream),
      logger,
      port: 0,
      host: '127.0.0.1',
      client,
      preHook: () => undefined,
    });
    await server.ready;
    expect((await send(server.port ?? 0, { path: '/proxy', headers: key })).text).toBe(
      '{"toggles":[{"name":"own","enabled":true}]}',
    );
    expect(warnings).toEqual([expect.stringContaining('preHook is not called')]);
    await expect(halyard().serve({ ...ordinaryOptions(upstream), port: server.port ?? 0 })).rejects.toThrow(
      /EADDRINUSE/,
    );
    await server.close();
  });
});

describe('the fetch handler', () => {
  const url = 'http://flags.test';

  it('answers requests without any server', async () => {
    const handler = halyard().createFetchHandler({
      ...ordinaryOptions(upstream),
      proxyBasePath: '/b',
      enableOAS: true,
    });
    const { fetch } = handler;
    const early = await fetch(new Request(`${url}/b/proxy/health`));
    expect([200, 503]).toContain(early.status);
    await handler.ready;
    const list = await fetch(new Request(`${url}/b/proxy?userId=alice&sessionId=s`, { headers: key }));
    expect(list.headers.get('cache-control')).toBe('public, max-age=2');
    const body = (await list.json()) as { toggles: { name: string }[] };
    expect(body.toggles.map(({ name }) => name)).toContain('always-on');
    const named = await fetch(
      new Request(`${url}/b/proxy`, {
        method: 'POST',
        headers: { ...key, 'content-type': 'application/json' },
        body: '{"toggles":["always-on"]}',
      }),
    );
    expect(await named.json()).toMatchObject({ toggles: [{ name: 'always-on', enabled: true }] });
    expect((await fetch(new Request(`${url}/elsewhere`))).status).toBe(404);
    expect((await fetch(new Request(`${url}/b/docs/openapi.json`))).status).toBe(200);
    const head = await fetch(new Request(`${url}/b/proxy/health`, { method: 'HEAD' }));
    expect([head.status, head.body]).toEqual([200, null]);
    const again = new Request(`${url}/b/proxy?userId=alice&sessionId=s`, {
      headers: { ...key, 'if-none-match': list.headers.get('etag') ?? '' },
    });
    expect((await fetch(again)).status).toBe(304);
    await handler.close();
  });

  it.each<[string, unknown, string | undefined]>([
    ['Bun', { requestIP: () => ({ address: '::ffff:1.2.3.4' }) }, '1.2.3.4'],
    ['Deno', { remoteAddr: { hostname: '2.3.4.5' } }, '2.3.4.5'],
    ['an adapter for Node', { incoming: { socket: { remoteAddress: '3.4.5.6' } } }, '3.4.5.6'],
    ['a worker', { KV: {} }, undefined],
    ['nothing', undefined, undefined],
  ])('takes the address from what %s passes', async (_who, companion, expected) => {
    const seen: unknown[] = [];
    const handler = halyard().createFetchHandler({
      ...ordinaryOptions(upstream),
      expCustomEnrichers: [
        (context, request) => {
          seen.push(context.remoteAddress, request instanceof Request);
          return context;
        },
      ],
    });
    await handler.ready;
    await handler.fetch(new Request(`${url}/proxy`, { headers: key }), companion);
    expect(seen).toEqual([expected, true]);
    await handler.close();
  });

  it('asks for the address as it is told', async () => {
    const handler = halyard().createFetchHandler({
      ...ordinaryOptions(upstream),
      peerAddress: (request, first) => `${request.headers.get('cf-connecting-ip')}${first}`,
      customStrategies: [
        {
          name: 'default',
          isEnabled: (_p, context) => (context as { remoteAddress: string }).remoteAddress === '9.9.9.9x',
        },
      ],
    });
    await handler.ready;
    const request = new Request(`${url}/proxy`, { headers: { ...key, 'cf-connecting-ip': '9.9.9.9' } });
    expect(await (await handler.fetch(request, 'x')).text()).toContain('always-on');
    await handler.close();
  });

  it('runs in Bun.serve, and on Node behind a few lines', async () => {
    project = createProject({
      'main.mjs': `
        import { createFetchHandler } from 'halyard';
        const { fetch } = createFetchHandler({ customStrategies: [{ name: 'default', isEnabled: (p, c) => c.remoteAddress === '127.0.0.1' }] });
        Bun.serve({ port: process.env.PORT, hostname: '127.0.0.1', fetch });`,
    });
    program = await startProgram('bun', ['main.mjs'], { directory: project.directory, env: environment() });
    expect(namesIn(await program.get('/proxy?sessionId=s', key))).toContain('always-on');

    const handler = halyard().createFetchHandler(ordinaryOptions(upstream));
    const toWeb: RequestListener = async (incoming, outgoing) => {
      const request = new Request(`http://${incoming.headers.host}${incoming.url}`, {
        headers: incoming.headers as Record<string, string>,
      });
      const response = await handler.fetch(request, { incoming });
      outgoing.writeHead(response.status, Object.fromEntries(response.headers)).end(await response.text());
    };
    const server = createServer(toWeb).listen(0);
    const { port } = server.address() as AddressInfo;
    const health = await eventually('health', async () => {
      const got = await send(port, { path: '/proxy/health' });
      return got.status === 200 ? got : undefined;
    });
    expect(health.text).toBe('ok');
    server.close();
    await handler.close();
  });
});
