/** Faults of configuration: 9.2 #5, #7, #14, #15, #16, #17, #20, #23, #26. */
import { describe, expect, it } from 'vitest';
import { fixture } from '../../support/golden.ts';
import { send } from '../../support/http.ts';
import {
  expectHealthy,
  expectNoSecrets,
  key,
  namesOf,
  ordinaryEnvironment,
  secrets,
  withProxy,
} from '../../support/proxy.ts';
import { type Server, startServer } from '../../support/server.ts';
import { halyards, noHalyard } from '../../support/subjects.ts';
import { startUpstream, type Upstream } from '../../support/upstream.ts';
import { eventually } from '../../support/wait.ts';

const synchronized = 'Successfully synchronized with Unleash API. Proxy is now ready to receive traffic.';

const linesOf = (server: Server, level: string): string[] =>
  server
    .stdout()
    .split('\n')
    .filter((line) => line.startsWith(`${level}:`));

describe.skipIf(noHalyard).each(halyards())('configuration: %s', (subject) => {
  it.each(['INFO', 'Info', 'info'])('9.2 #5: LOG_LEVEL=%s is info, in any case', async (level) => {
    await withProxy(subject, { env: { LOG_LEVEL: level } }, async ({ server }) => {
      await eventually('the info line', () => server.stdout().includes(`INFO: ${synchronized}`));
      await server.get('/proxy?userId=alice', key);
      expect(linesOf(server, 'DEBUG')).toEqual([]);
    });
  });

  it.each(['verbose', 'trace!', ' '])('9.2 #5: LOG_LEVEL=%j is warn, with a notice', async (level) => {
    await withProxy(subject, { env: { LOG_LEVEL: level } }, async ({ server }) => {
      await server.get('/proxy?userId=alice', key);
      expect([linesOf(server, 'DEBUG'), linesOf(server, 'INFO')]).toEqual([[], []]);
      if (level.trim() !== '') expect(linesOf(server, 'WARN').join('\n')).toContain('LOG_LEVEL');
    });
  });

  it('9.2 #5: an empty LOG_LEVEL is the default', async () => {
    await withProxy(subject, { env: { LOG_LEVEL: '' } }, async ({ server }) => {
      await server.get('/proxy?userId=alice', key);
      expect([linesOf(server, 'DEBUG'), linesOf(server, 'INFO'), linesOf(server, 'WARN')]).toEqual([[], [], []]);
    });
  });

  it.each(['false', 'true'])('9.2 #5: debug output names no secret (JSON_LOGGER=%s)', async (json) => {
    const authorization = 'secret-bootstrap-authorization';
    const env = {
      LOG_LEVEL: 'debug',
      JSON_LOGGER: json,
      EXP_BOOTSTRAP_URL: 'http://user:secret-password@127.0.0.1:9/bootstrap',
      EXP_BOOTSTRAP_AUTHORIZATION: authorization,
    };
    await withProxy(subject, { env }, async ({ server }) => {
      await server.get('/proxy?userId=alice', key);
      await server.get('/proxy?userId=alice', { authorization: `${secrets.clientKey}x` });
      await server.postJson('/proxy/client/register', { appName: 'a', interval: 1, started: 1, strategies: [] }, key);
      await server.get('/proxy/client/features', { authorization: secrets.serverToken });
      expect(server.stdout().length).toBeGreaterThan(80);
      expectNoSecrets(server);
      const output = server.stdout() + server.stderr();
      expect(output).not.toContain(authorization);
      expect(output).not.toContain('secret-password');
    });
  });

  it.each([
    'UNLEASH_FETCH_INTERVAL',
    'UNLEASH_METRICS_INTERVAL',
    'UNLEASH_METRICS_JITTER',
    'CORS_MAX_AGE',
    'CORS_OPTIONS_SUCCESS_STATUS',
  ])('9.2 #7: a %s that is no number is the default, with a warning', async (name) => {
    await withProxy(subject, { env: { [name]: 'abc' } }, async ({ server, upstream }) => {
      const preflight = await server.request({ method: 'OPTIONS', path: '/proxy' });
      expect([preflight.status, preflight.headers['access-control-max-age']]).toEqual([204, '172800']);
      const [register] = await eventually('registration', () => {
        const found = upstream.of('register');
        return found.length > 0 ? found : undefined;
      });
      expect((JSON.parse(register?.body ?? '') as { interval: number }).interval).toBe(30_000);
      expect(upstream.of('features')[0]?.headers['unleash-interval']).toBe('5000');
      expect(linesOf(server, 'WARN').filter((line) => line.includes(name))).toHaveLength(1);
    });
  });

  it.each([
    ['1', '10.1.1.1, 8.8.8.8', false],
    ['1', '8.8.8.8, 10.1.1.1', true],
    ['2', '10.1.1.1, 8.8.8.8', true],
    ['9', '10.1.1.1, 8.8.8.8', true],
  ] as const)('9.2 #14: TRUST_PROXY=%s counts hops in %s', async (hops, forwarded, on) => {
    await withProxy(subject, { env: { TRUST_PROXY: hops } }, async ({ server }) => {
      const names = namesOf(await server.get('/proxy', { ...key, 'x-forwarded-for': forwarded }));
      expect(names.includes('ip-list')).toBe(on);
      expect(server.stdout()).not.toContain('was not valid');
    });
  });

  it.each([
    ['true', true],
    ['false', false],
  ] as const)('9.2 #14: the option trustProxy given as the text %j is a boolean', async (text, trusted) => {
    await withProxy(subject, { options: { trustProxy: text } }, async ({ server }) => {
      const names = namesOf(await server.get('/proxy', { ...key, 'x-forwarded-for': '8.8.8.8' }));
      expect(names.includes('ip-list')).toBe(!trusted);
      expect(server.stdout()).not.toContain('was not valid');
    });
  });

  it.each(['false', 'FALSE', '0', 'no', 'off'])('9.2 #15: JSON_LOGGER=%s is off', async (value) => {
    await withProxy(subject, { env: { JSON_LOGGER: value, LOG_LEVEL: 'info' } }, async ({ server }) => {
      await eventually('the plain line', () => server.stdout().includes(`INFO: ${synchronized}`));
    });
  });

  it('9.2 #15: JSON_LOGGER=true is on', async () => {
    await withProxy(subject, { env: { JSON_LOGGER: 'true', LOG_LEVEL: 'info' } }, async ({ server }) => {
      const line = await eventually('the JSON line', () =>
        server
          .stdout()
          .split('\n')
          .find((text) => text.includes(synchronized)),
      );
      expect(JSON.parse(line)).toMatchObject({ level: 'info', message: synchronized });
    });
  });

  it('9.2 #16: clientKeys given in code as one text is one key, not every part of it', async () => {
    const options = { clientKeys: 'whole-key' };
    await withProxy(subject, { options, env: { UNLEASH_PROXY_CLIENT_KEYS: undefined } }, async ({ server }) => {
      for (const part of ['whole', 'key', '-', 'whole-ke', '']) {
        const got = await server.get('/proxy', { authorization: part });
        expect([part, got.status, got.text]).toEqual([part, 401, 'Unauthorized']);
      }
      expect((await server.get('/proxy', { authorization: 'whole-key' })).status).toBe(200);
    });
  });

  it('9.2 #17: two proxies in one process keep their own token, keys and definitions', async () => {
    const upstreams: Upstream[] = [];
    for (const name of ['main', 'small']) upstreams.push(await startUpstream({ definitions: fixture(name) }));
    const options = upstreams.map(({ origin }, i) => ({
      unleashUrl: `${origin}/api`,
      unleashApiToken: `token-${i}`,
      clientKeys: [`key-${i}`],
      clientMode: 'singleton',
    }));
    const server = await startServer(subject, { options });
    try {
      const ask = (app: number, keyOf: number) =>
        send(server.ports[app]!, { path: '/proxy', headers: { authorization: `key-${keyOf}` } });
      expect(namesOf(await ask(0, 0))).toContain('always-on');
      expect(namesOf(await ask(1, 1))).toEqual(['alpha', 'gamma']);
      expect((await ask(0, 1)).status).toBe(401);
      expect((await ask(1, 0)).status).toBe(401);
      for (const [i, upstream] of upstreams.entries()) {
        expect(upstream.of('features').map(({ headers }) => headers.authorization)).toContain(`token-${i}`);
        expect(upstream.of('features').map(({ headers }) => headers.authorization)).not.toContain(`token-${1 - i}`);
      }
    } finally {
      await server.stop();
      for (const upstream of upstreams) await upstream.close();
    }
  });

  it.each(['/api/features', '/api/', '/api'])(
    '9.2 #20: with the base %s everything is posted below /api/client',
    async (base) => {
      const upstream = await startUpstream({ definitions: fixture('small') });
      const env = {
        ...ordinaryEnvironment(upstream),
        UNLEASH_URL: upstream.origin + base,
        UNLEASH_METRICS_INTERVAL: '200',
      };
      const server = await startServer(subject, { env });
      try {
        await server.postJson('/proxy', { toggles: ['alpha'] }, key);
        await eventually('the metrics', () => upstream.of('metrics').length > 0);
        await eventually('the registration', () => upstream.of('register').length > 0);
        const paths = new Set(upstream.requests.map(({ path }) => path));
        expect([...paths].sort()).toEqual(['/api/client/features', '/api/client/metrics', '/api/client/register']);
      } finally {
        await server.stop();
        await upstream.close();
      }
    },
  );

  it('9.2 #23: credentials with any origin are warned about', async () => {
    await withProxy(subject, { env: { CORS_CREDENTIALS: 'true' } }, async ({ server }) => {
      expect(linesOf(server, 'WARN').join('\n')).toContain('CORS_CREDENTIALS');
      const got = await server.get('/proxy', key);
      expect(got.headers['access-control-allow-credentials']).toBe('true');
      expect(got.headers['access-control-allow-origin']).toBe('*');
    });
  });

  it('9.2 #26: an option that is false or 0 in code wins over a set variable', async () => {
    const options = { enableAllEndpoint: false, enableOAS: false, trustProxy: false, metricsJitter: 0 };
    const env = {
      ENABLE_ALL_ENDPOINT: 'true',
      ENABLE_OAS: 'true',
      TRUST_PROXY: 'true',
      UNLEASH_METRICS_JITTER: '5000',
    };
    await withProxy(subject, { options, env }, async ({ server }) => {
      expect((await server.get('/proxy/all', key)).status).toBe(501);
      expect((await server.get('/docs/openapi.json')).status).toBe(404);
      const names = namesOf(await server.get('/proxy', { ...key, 'x-forwarded-for': '8.8.8.8' }));
      expect(names).toContain('ip-list');
      await expectHealthy(server);
    });
  });
});
