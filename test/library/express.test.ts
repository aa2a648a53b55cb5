/** createApp in Express 4 and 5 over real sockets: spec 1.1, 7 and 8.6. */
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ProxyOptions } from '../../src/index.ts';
import { fixture } from '../support/golden.ts';
import { startUpstream, type Upstream } from '../support/upstream.ts';
import {
  type Application,
  expressVersions,
  halyard,
  key,
  type Listening,
  listen,
  namesIn,
  ordinaryOptions,
  silent,
} from './support/apps.ts';

let upstream: Upstream;
beforeAll(async () => {
  upstream = await startUpstream({ definitions: fixture('main') });
});
afterAll(async () => {
  await upstream.close();
});

const metrics = {
  appName: 'web',
  instanceId: 'browser',
  bucket: { start: '2026-01-01T00:00:00.000Z', stop: '2026-01-01T00:01:00.000Z', toggles: {} },
};

describe.each(expressVersions)('createApp in %s', (version, express) => {
  interface Given {
    readonly options?: ProxyOptions;
    readonly before?: (app: Application) => void;
    readonly after?: (app: Application) => void;
    /** Puts the application into another one. */
    readonly mount?: (app: Application) => Application;
  }

  /** The application alone is what listens; `mount` puts it into another one. */
  async function withApp(given: Given, use: (server: Listening, app: Application) => Promise<void>): Promise<void> {
    const own = express();
    given.before?.(own);
    const app = halyard().createApp({ ...ordinaryOptions(upstream), ...given.options }, undefined, own);
    expect(app).toBe(own);
    given.after?.(own);
    await app.halyard.ready;
    const server = await listen(given.mount?.(own) ?? own);
    try {
      await use(server, own);
    } finally {
      await server.close();
      await app.halyard.close();
    }
  }

  it('answers the API, with its headers, conditions and compression', async () => {
    await withApp({}, async (server) => {
      const list = await server.get('/proxy?userId=alice&sessionId=s', { ...key, 'accept-encoding': 'gzip' });
      expect(namesIn(list)).toContain('always-on');
      expect(list.headers['content-encoding']).toBe('gzip');
      expect(list.headers).toMatchObject({
        'access-control-allow-origin': '*',
        'access-control-expose-headers': 'ETag',
        'cache-control': 'public, max-age=2',
        'content-type': 'application/json; charset=utf-8',
        vary: 'Accept-Encoding',
      });
      expect(list.headers['x-powered-by']).toBeUndefined();
      const again = await server.get('/proxy?userId=alice&sessionId=s', {
        ...key,
        'if-none-match': list.headers.etag ?? '',
      });
      expect([again.status, again.text]).toEqual([304, '']);
      const head = await server.request({ method: 'HEAD', path: '/proxy?userId=alice&sessionId=s', headers: key });
      expect([head.status, head.headers['content-length']]).toEqual([200, String(list.body.length)]);
      expect((await server.get('/proxy')).text).toBe('Unauthorized');
      expect((await server.get('/PROXY//health/')).text).toBe('ok');
      expect((await server.postJson('/proxy/client/metrics', metrics, key)).text).toBe('OK');
      expect((await server.get('/proxy?properties=x')).status).toBe(400);
      expect((await server.get('/proxy/client/features', { authorization: 'srv' })).text).toContain('"features"');
      expect((await server.get('/proxy/internal-backstage/prometheus')).text).toContain('unleash_proxy_up 1');
    });
  });

  it('keeps to its own paths: unknown ones get the page of Express, with cross-origin headers', async () => {
    await withApp({}, async (server) => {
      for (const path of ['/', '/proxyfoo', '/proxy/unknown', '//proxy/health']) {
        const got = await server.get(path);
        expect([got.status, got.text.includes(`Cannot GET ${path}`)], path).toEqual([404, true]);
        expect(got.headers['access-control-allow-origin']).toBe('*');
        expect(got.headers.vary).toBe('Accept-Encoding');
      }
      expect((await server.request({ method: 'DELETE', path: '/proxy' })).status).toBe(404);
      const preflight = await server.request({ method: 'OPTIONS', path: '/anything' });
      expect([preflight.status, preflight.headers['access-control-allow-methods']]).toEqual([204, 'GET, POST']);
    });
  });

  it('has a content-type gate on the API only (#119, #126)', async () => {
    const after = (app: Application) => {
      app.post('/upload', express.text({ type: '*/*' }), (request, response) => response.send(`got ${request.body}`));
      app.post('/proxy/own', express.json(), (request, response) => response.json({ own: request.body }));
    };
    await withApp({ after }, async (server) => {
      const upload = { method: 'POST', headers: { 'content-type': 'text/csv' }, body: 'a,b' };
      expect((await server.request({ ...upload, path: '/upload' })).text).toBe('got a,b');
      const refused = await server.request({ ...upload, path: '/proxy' });
      expect([refused.status, refused.text]).toEqual([415, '']);
      expect(refused.headers['access-control-allow-origin']).toBe('*');
      // Read here to look for a fault, and handed over to the route that wants it.
      expect((await server.postJson('/proxy/own', { a: [1] })).text).toBe('{"own":{"a":[1]}}');
    });
  });

  it('runs in the order of the original: routes before, preHook, cross-origin rules, compression, routes after', async () => {
    const long = 'long '.repeat(1000);
    const seen: string[] = [];
    let hooked: unknown;
    const given: Given = {
      options: {
        preHook: (app) => {
          hooked = app;
          const own = app as unknown as Application;
          own.use((request, _response, next) => {
            seen.push(request.url);
            next();
          });
          own.get('/hooked', (_request, response) => response.send(long));
        },
      },
      before: (app) => app.get('/before', (_request, response) => response.send(long)),
      after: (app) => {
        app.get('/after', (_request, response) => response.send(long));
        app.get('/fails', () => {
          throw new Error('own fault');
        });
        app.use(
          (
            _error: unknown,
            _request: unknown,
            response: { status(n: number): { send(t: string): void } },
            _next: unknown,
          ) => response.status(500).send('own handler'),
        );
      },
    };
    await withApp(given, async (server, app) => {
      expect(hooked).toBe(app);
      const headers = { 'accept-encoding': 'gzip' };
      for (const path of ['/before', '/hooked']) {
        const got = await server.get(path, headers);
        expect([got.text, got.headers['content-encoding']]).toEqual([long, undefined]);
        expect(got.headers['access-control-allow-origin']).toBeUndefined();
      }
      const after = await server.get('/after', headers);
      expect([after.text, after.headers['content-encoding']]).toEqual([long, 'gzip']);
      expect(after.headers).toMatchObject({ 'access-control-allow-origin': '*', vary: 'Accept-Encoding' });
      await server.get('/proxy/health');
      expect(seen).toEqual(['/hooked', '/after', '/proxy/health']);
      expect((await server.get('/fails')).text).toBe('own handler');
    });
  });

  it('serves under a base path, and below the mount point of another application', async () => {
    const mount = (app: Application) => {
      const parent = express();
      parent.get('/', (_request, response) => response.send('parent'));
      return parent.use('/flags', app);
    };
    await withApp({ options: { proxyBasePath: 'base/', enableOAS: true }, mount }, async (server) => {
      expect((await server.get('/flags/base/proxy/health')).text).toBe('ok');
      expect(namesIn(await server.get('/flags/base/proxy?sessionId=s', key))).toContain('always-on');
      expect((await server.get('/proxy/health')).status).toBe(404);
      expect((await server.get('/flags/proxy/health')).text).toContain('Cannot GET /flags/proxy/health');
      expect((await server.get('/')).text).toBe('parent');
      const document = await server.get('/flags/base/docs/openapi.json');
      expect([document.status, document.headers['access-control-allow-origin']]).toEqual([200, undefined]);
      expect((await server.get('/flags/base/docs/openapi')).headers.location).toBe('/flags/base/docs/openapi/');
    });
  });

  it('uses a body that the application has parsed', async () => {
    const asked = { toggles: ['always-on', 'nope'], context: { userId: 7 } };
    const parsers: [string, (app: Application) => void][] = [
      ['json', (app) => app.use(express.json())],
      ['raw', (app) => app.use(express.raw({ type: '*/*' }))],
      ['text', (app) => app.use(express.text({ type: '*/*' }))],
      ['none of it', (app) => app.use(express.urlencoded({ extended: false }))],
    ];
    for (const [name, before] of parsers) {
      await withApp({ before }, async (server) => {
        const got = await server.postJson('/proxy', asked, key);
        expect(namesIn(got), name).toEqual(['always-on', 'nope']);
        const packed = await server.request({
          method: 'POST',
          path: '/proxy',
          headers: { ...key, 'content-type': 'application/json; charset=utf-8', 'content-encoding': 'gzip' },
          body: gzipSync(JSON.stringify(asked)),
        });
        expect(namesIn(packed), `${name}, compressed`).toEqual(['always-on', 'nope']);
        expect((await server.postJson('/proxy', { toggles: 'x' }, key)).status).toBe(400);
        expect((await server.postJson('/proxy/client/metrics', metrics, key)).text).toBe('OK');
        expect((await server.get('/proxy/health')).text).toBe('ok');
      });
    }
  });

  it('gives faults of earlier middleware the JSON form', async () => {
    const before = (app: Application) => {
      app.use(express.json({ limit: 100 }));
      app.get('/throws', () => {
        throw new Error('fault before');
      });
    };
    await withApp({ before, options: { logger: silent } }, async (server) => {
      const broken = await server.request({
        method: 'POST',
        path: '/proxy',
        headers: { 'content-type': 'application/json' },
        body: '{"a":',
      });
      expect([broken.status, broken.text.startsWith('{"error":"We were unable to parse')]).toEqual([400, true]);
      const large = await server.postJson('/proxy', { a: 'x'.repeat(200) });
      expect([large.status, JSON.parse(large.text).error]).toEqual([
        413,
        'Whoops! We dropped the ball on this one (an unexpected error occurred): request entity too large',
      ]);
      expect((await server.get('/throws')).text).toBe(
        '{"error":"Whoops! We dropped the ball on this one (an unexpected error occurred): fault before"}',
      );
    });
  });

  it('has its own limits for bodies that it reads itself', async () => {
    await withApp({}, async (server) => {
      const got = await server.postJson('/proxy', { a: 'x'.repeat(200_000) }, key);
      expect([got.status, got.headers['access-control-allow-origin']]).toEqual([413, '*']);
    });
  });

  it('keeps headers that the application has set', async () => {
    const before = (app: Application) =>
      app.use((_request, response, next) => {
        response.setHeader('Vary', 'Cookie');
        response.setHeader('X-Own', '1');
        next();
      });
    await withApp({ before }, async (server) => {
      const got = await server.get('/proxy/health');
      expect([got.headers.vary, got.headers['x-own']]).toEqual(['Cookie, Accept-Encoding', '1']);
    });
  });

  it.each([
    [undefined, '127.0.0.1'],
    [true, '1.1.1.1'],
    [1, '10.0.0.9'],
    ['1', '10.0.0.9'],
    ['loopback, 10.0.0.0/8', '1.1.1.1'],
    ['bogus', '127.0.0.1'],
  ])('trustProxy %j: the address, and req.ip of its routes and enrichers, is %s', async (trustProxy, address) => {
    const seen: unknown[] = [];
    const after = (app: Application) => app.get('/ip', (request, response) => response.send(request.ip));
    const options: ProxyOptions = {
      logger: silent,
      ...(trustProxy === undefined ? {} : { trustProxy }),
      expCustomEnrichers: [
        (context, request) => {
          seen.push(context.remoteAddress, (request as { ip: string }).ip);
          return context;
        },
      ],
    };
    await withApp({ options, after }, async (server) => {
      const headers = { 'x-forwarded-for': '1.1.1.1, 10.0.0.9' };
      await server.get('/proxy', { ...key, ...headers });
      expect(seen).toEqual([address, address]);
      expect((await server.get('/ip', headers)).text).toBe(address);
      await server.get('/proxy?remoteAddress=9.9.9.9', { ...key, ...headers });
      expect(seen[2]).toBe('9.9.9.9');
    });
  });

  it('has two proxies in one application, and in one process, each with its own settings', async () => {
    const { createApp } = halyard();
    const own = express();
    const options = ordinaryOptions(upstream);
    const first = createApp({ ...options, proxyBasePath: '/a', clientMode: 'singleton' }, undefined, own).halyard;
    const second = createApp({ ...options, proxyBasePath: '/b', clientKeys: ['k2'] }, undefined, own).halyard;
    expect(own).toHaveProperty('halyard', second);
    await Promise.all([first.ready, second.ready]);
    const server = await listen(own);
    try {
      expect((await server.get('/a/proxy', key)).status).toBe(200);
      expect((await server.get('/b/proxy', key)).status).toBe(401);
      expect((await server.get('/b/proxy', { authorization: 'k2' })).status).toBe(200);
    } finally {
      await server.close();
      await Promise.all([first.close(), second.close()]);
    }
  });

  it(`takes ${version} applications of the caller and makes Express 4 ones itself`, async () => {
    const app = halyard().createApp(ordinaryOptions(upstream));
    try {
      await app.halyard.ready;
      const server = await listen(app);
      expect((await server.get('/proxy/health')).text).toBe('ok');
      await server.close();
    } finally {
      await app.halyard.close();
    }
  });
});

it('throws for settings that are missing, in the order of the original', () => {
  const { createApp } = halyard();
  expect(() => createApp({})).toThrow('You must specify the unleashUrl option (UNLEASH_URL)');
  expect(() => createApp({ unleashUrl: 'http://x' })).toThrow(/unleashApiToken/);
  expect(() => createApp({ unleashUrl: 'http://x', unleashApiToken: 't' })).toThrow(TypeError);
});
