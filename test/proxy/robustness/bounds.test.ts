/** The bounds that an operator can set, and 9.2 #24's switch: each is reached and does what its description says. */
import { describe, expect, it } from 'vitest';
import { fixture } from '../../support/golden.ts';
import { send } from '../../support/http.ts';
import { expectHealthy, key, metricsBody, namesOf, usageOf, whoops, withProxy } from '../../support/proxy.ts';
import { halyards, noHalyard } from '../../support/subjects.ts';
import { answer, type Upstream } from '../../support/upstream.ts';
import { eventually } from '../../support/wait.ts';
import { fixtureFile } from '../golden/start.ts';

describe.skipIf(noHalyard).each(halyards())('bounds: %s', (subject) => {
  it.each([
    ['false', 404],
    ['true', 200],
  ] as const)('9.2 #24: HALYARD_PROMETHEUS=%s', async (value, status) => {
    await withProxy(subject, { env: { HALYARD_PROMETHEUS: value } }, async ({ server }) => {
      expect((await server.get('/proxy/internal-backstage/prometheus')).status).toBe(status);
      await expectHealthy(server);
    });
  });

  it('HALYARD_ENRICHER_TIMEOUT ends a request whose enricher never answers', async () => {
    const env = {
      EXP_CUSTOM_ENRICHERS_FILE: fixtureFile('enrichers-hostile.cjs'),
      HALYARD_ENRICHER_TIMEOUT: '300',
    };
    await withProxy(subject, { env }, async ({ server }) => {
      const got = await server.get('/proxy?userId=never&sessionId=s', key);
      expect([got.status, got.text.startsWith(whoops('').slice(0, -2))]).toEqual([500, true]);
      expect(namesOf(await server.get('/proxy?userId=fine&sessionId=s', key))).toContain('always-on');
    });
  });

  it('HALYARD_BODY_LIMIT refuses what is larger', async () => {
    await withProxy(subject, { env: { HALYARD_BODY_LIMIT: '200' } }, async ({ server }) => {
      const body = (pad: number) => ({ toggles: ['always-on'], pad: 'a'.repeat(pad) });
      expect(namesOf(await server.postJson('/proxy', body(100), key))).toEqual(['always-on']);
      const got = await server.postJson('/proxy', body(200), key);
      expect([got.status, got.text]).toEqual([413, whoops('request entity too large')]);
    });
  });

  it('HALYARD_UPSTREAM_LIMIT refuses a larger document whole; what is held stays', async () => {
    const env = { HALYARD_UPSTREAM_LIMIT: '20000', UNLEASH_FETCH_INTERVAL: '100' };
    await withProxy(subject, { env, definitions: fixture('small') }, async ({ server, upstream }) => {
      const big = { ...fixture('custom').features[0], description: 'x'.repeat(30_000) };
      upstream.setDefinitions({ version: 2, features: [big] });
      const before = upstream.of('features').length;
      await eventually('two more polls', () => upstream.of('features').length >= before + 2);
      expect(namesOf(await server.get('/proxy', key))).toEqual(['alpha', 'gamma']);
      await eventually('the reason', () => /^(WARN|ERROR): /m.test(server.stdout()));
    });
  });

  it('HALYARD_UPSTREAM_TIMEOUT gives up on an upstream that is silent', async () => {
    const prepare = (upstream: Upstream) => upstream.behave('features', { kind: 'hang' }, { kind: 'normal' });
    const env = { HALYARD_UPSTREAM_TIMEOUT: '500', UNLEASH_FETCH_INTERVAL: '200' };
    await withProxy(subject, { env, prepare }, async ({ upstream }) => {
      const [first, second] = upstream.of('features');
      // Without the setting it would be more than 10 s.
      expect((second?.atMs ?? 0) - (first?.atMs ?? 0)).toBeLessThan(9000);
    });
  });

  it('HALYARD_USAGE_TOGGLES_LIMIT and …VARIANTS_LIMIT bound what is kept; known names go on counting', async () => {
    const env = {
      UNLEASH_METRICS_INTERVAL: '400',
      HALYARD_USAGE_TOGGLES_LIMIT: '20',
      HALYARD_USAGE_VARIANTS_LIMIT: '5',
    };
    const prepare = (upstream: Upstream) => upstream.behave('metrics', answer(503));
    await withProxy(subject, { env, prepare }, async ({ server, upstream }) => {
      const variants = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`v${i}`, 1]));
      const many = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`t${i}`, { yes: 1 }]));
      const report = (toggles: unknown) => server.postJson('/proxy/client/metrics', metricsBody(toggles), key);
      for (const toggles of [{ first: { yes: 1, variants } }, many, { first: { yes: 5 } }]) {
        expect((await report(toggles)).text).toBe('OK');
      }
      await eventually('a send', () => upstream.of('metrics').length > 0);
      upstream.behave('metrics', answer(202));
      const refused = upstream.of('metrics').length;
      const bucket = await eventually('an accepted send', () => usageOf(upstream)[refused]);
      expect(Object.keys(bucket.toggles).length).toBeLessThanOrEqual(20);
      expect(bucket.toggles.first?.yes).toBe(6);
      expect(Object.keys(bucket.toggles.first?.variants ?? {}).length).toBeLessThanOrEqual(5);
    });
  });

  it('HALYARD_HOST listens on that address only', async () => {
    await withProxy(subject, { env: { HALYARD_HOST: '127.0.0.1' } }, async ({ server }) => {
      await expectHealthy(server);
      await expect(send(server.port, { path: '/proxy/health', address: '::1' })).rejects.toThrow();
    });
  });
});
