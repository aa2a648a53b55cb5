/** Faults of single answers: 9.2 #4, #11, #12, #13, #18, #21, #22, #24; 11.1 on 304 and on malformed media types. */
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { weakEtag } from '../../support/etag.ts';
import { fixture } from '../../support/golden.ts';
import { expectHealthy, key, namesOf, secrets, togglesOf, whoops, withProxy } from '../../support/proxy.ts';
import { halyards, noHalyard } from '../../support/subjects.ts';

const half = (name: string) => ({
  name,
  enabled: true,
  strategies: [{ name: 'flexibleRollout', parameters: { rollout: '50', stickiness: 'random', groupId: name } }],
  variants: [
    { name: 'a', weight: 500, stickiness: 'random' },
    { name: 'b', weight: 500, stickiness: 'random' },
  ],
});

describe.skipIf(noHalyard).each(halyards())('answers: %s', (subject) => {
  it('9.2 #4: client/features carries the segments, with matching ETag and 304', async () => {
    const main = fixture('main');
    await withProxy(subject, {}, async ({ server }) => {
      const headers = { authorization: secrets.serverToken };
      const got = await server.get('/proxy/client/features', headers);
      const body = JSON.parse(got.text) as { version: number; features: { name: string }[]; segments: unknown };
      expect(Object.keys(body)).toEqual(['version', 'features', 'segments']);
      expect(body.segments).toEqual(main.segments);
      expect(body.features.map(({ name }) => name).sort()).toEqual(main.features.map(({ name }) => name).sort());
      expect(got.headers.etag).toBe(weakEtag(got.body));
      const again = await server.get('/proxy/client/features', { ...headers, 'if-none-match': weakEtag(got.body) });
      expect([again.status, again.text]).toEqual([304, '']);
    });
  });

  it('9.2 #11: faults of a body are 413 or 415 with the old text', async () => {
    const ok = JSON.stringify({ toggles: ['always-on'] });
    const big = JSON.stringify({ toggles: ['always-on'], pad: 'a'.repeat(110_000) });
    const cases: [number, string, Record<string, string>, string | Uint8Array][] = [
      [413, 'request entity too large', {}, big],
      [413, 'request entity too large', { 'content-encoding': 'gzip' }, gzipSync(big)],
      [413, 'request entity too large', { 'content-encoding': 'deflate' }, deflateSync(big)],
      [415, 'unsupported charset "LATIN1"', { 'content-type': 'application/json;charset=latin1' }, ok],
      [415, 'unsupported charset "ISO-8859-1"', { 'content-type': 'application/json; charset="ISO-8859-1"' }, ok],
      [415, 'unsupported content encoding "br"', { 'content-encoding': 'br' }, brotliCompressSync(ok)],
      [415, 'unsupported content encoding "zstd"', { 'content-encoding': 'zstd' }, ok],
    ];
    await withProxy(subject, {}, async ({ server }) => {
      for (const [status, message, headers, body] of cases) {
        const got = await server.request({
          method: 'POST',
          path: '/proxy',
          headers: { ...key, 'content-type': 'application/json', ...headers },
          body,
        });
        expect([got.status, got.text]).toEqual([status, whoops(message)]);
        expect(got.headers['content-type']).toBe('application/json; charset=utf-8');
        expect(got.headers.etag).toBe(weakEtag(got.body));
      }
      const corrupt = await server.request({
        method: 'POST',
        path: '/proxy',
        headers: { ...key, 'content-type': 'application/json', 'content-encoding': 'gzip' },
        body: 'this is not gzip',
      });
      expect([400, 415], corrupt.text).toContain(corrupt.status);
      expect(corrupt.text.startsWith(whoops('').slice(0, -2))).toBe(true);
      await expectHealthy(server);
    });
  });

  it('9.2 #12: mapped IPv4 addresses match IPv4 strategies, from the socket and from a trusted proxy', async () => {
    await withProxy(subject, { env: { TRUST_PROXY: 'true' } }, async ({ server }) => {
      expect(namesOf(await server.get('/proxy', key))).toContain('ip-list');
      for (const address of ['::ffff:192.168.0.7', '::FFFF:10.1.1.1']) {
        expect(namesOf(await server.get('/proxy', { ...key, 'x-forwarded-for': address }))).toContain('ip-list');
      }
      expect(namesOf(await server.get('/proxy', { ...key, 'x-forwarded-for': '::ffff:8.8.8.8' }))).not.toContain(
        'ip-list',
      );
    });
  });

  it('9.2 #13: state and variant agree although both are left to chance', async () => {
    const definitions = { version: 2, features: [half('one'), half('two')] };
    await withProxy(subject, { definitions }, async ({ server }) => {
      const seen = new Set<string>();
      for (let i = 0; i < 60; i++) {
        const asked = { toggles: ['one', 'two'], context: {} };
        const lists = [
          togglesOf(await server.postJson('/proxy', asked, key)),
          togglesOf(await server.get('/proxy/all', key)),
          togglesOf(await server.get('/proxy', key)),
        ];
        for (const { enabled, variant } of lists.flat()) {
          expect([variant.feature_enabled, variant.enabled]).toEqual([enabled, enabled]);
          seen.add(`${enabled} ${variant.name}`);
        }
      }
      expect([...seen].sort()).toEqual(['false disabled', 'true a', 'true b']);
    });
  });

  it('9.2 #18: with a base path the OpenAPI document does not double it, and it names what really is sent', async () => {
    const env = { PROXY_BASE_PATH: '/base', ENABLE_OAS: 'true' };
    await withProxy(subject, { env, basePath: '/base' }, async ({ server }) => {
      const got = await server.get('/base/docs/openapi.json');
      const { servers, paths } = JSON.parse(got.text) as {
        servers?: { url: string }[];
        paths: Record<string, Record<string, { responses: Record<string, unknown> }>>;
      };
      const bases = servers?.length ? servers.map(({ url }) => url.replace(/\/$/, '')) : [''];
      const full = Object.keys(paths).flatMap((path) => bases.map((base) => base + path));
      for (const path of full) expect(path).toMatch(/^\/base\/proxy(\/(?!.*\/base).*)?$/);
      const find = (suffix: string) => Object.entries(paths).find(([path]) => path.endsWith(suffix))?.[1];
      expect(Object.keys(find('/proxy')?.get?.responses ?? {})).toEqual(
        expect.arrayContaining(['200', '400', '401', '503']),
      );
      expect(Object.keys(find('/proxy')?.post?.responses ?? {})).toEqual(expect.arrayContaining(['400', '413', '415']));
      for (const form of ['yaml', 'yml']) {
        const text = await server.get(`/base/docs/openapi.${form}`);
        expect([text.status, text.text.includes('openapi: ')]).toEqual([200, true]);
      }
    });
  });

  it('9.2 #21 (kept): a disabled element of /all has no featureEnabled', async () => {
    await withProxy(subject, {}, async ({ server }) => {
      const off = togglesOf(await server.get('/proxy/all?sessionId=s', key)).find(({ name }) => name === 'always-off');
      expect(off?.variant).toEqual({ name: 'disabled', enabled: false, feature_enabled: false });
      const named = togglesOf(await server.postJson('/proxy/all', { toggles: ['always-off'] }, key));
      expect(named[0]?.variant).toEqual({
        name: 'disabled',
        enabled: false,
        feature_enabled: false,
        featureEnabled: false,
      });
    });
  });

  it('9.2 #22: HEAD answers as GET would, without the body', async () => {
    await withProxy(subject, {}, async ({ server }) => {
      for (const path of ['/proxy?userId=alice&sessionId=s1', '/proxy/all?region=eu&sessionId=s1', '/proxy/health']) {
        const get = await server.get(path, key);
        const head = await server.request({ method: 'HEAD', path, headers: { ...key } });
        expect([head.status, head.text]).toEqual([200, '']);
        for (const name of ['etag', 'content-type', 'cache-control'])
          expect(head.headers[name]).toBe(get.headers[name]);
        expect(head.headers['content-length']).toBe(String(get.body.length));
        const inm = { ...key, 'if-none-match': get.headers.etag };
        expect((await server.request({ method: 'HEAD', path, headers: inm })).status).toBe(304);
      }
      const bad = await server.request({ method: 'HEAD', path: '/proxy?properties=abc', headers: { ...key } });
      expect(bad.status).toBe(400);
    });
  });

  it('9.2 #24: Prometheus counts requests, upstream fetches and toggles under names of its own', async () => {
    await withProxy(subject, {}, async ({ server }) => {
      await server.get('/proxy?userId=alice', key);
      await server.get('/proxy', {});
      const page = await server.get('/proxy/internal-backstage/prometheus');
      const families = [...page.text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name]) => name ?? '');
      const old = [
        'last_metrics_update_epoch_timestamp_ms',
        'last_metrics_fetch_epoch_timestamp_ms',
        'unleash_proxy_up',
      ];
      expect(families).toEqual(expect.arrayContaining(old));
      const added = families.filter((name) => !old.includes(name));
      for (const topic of [/request/, /upstream|fetch|poll/, /toggle|flag|feature/]) {
        expect(
          added.some((name) => topic.test(name)),
          `${topic} among ${added.join(' ')}`,
        ).toBe(true);
      }
      expect(page.text).not.toMatch(/secret-/);
    });
  });

  it('11.1: a body with malformed media type parameters is read', async () => {
    await withProxy(subject, {}, async ({ server }) => {
      for (const type of ['application/json;', 'application/json; charset', 'application/json; charset=utf-8;']) {
        const got = await server.request({
          method: 'POST',
          path: '/proxy',
          headers: { ...key, 'content-type': type },
          body: '{"toggles":["zzz"]}',
        });
        expect(namesOf(got), type).toEqual(['zzz']);
      }
    });
  });
});
