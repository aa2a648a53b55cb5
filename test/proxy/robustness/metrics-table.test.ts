/** Section 6.5: what is counted, and what each upstream answer to a metrics post does; with 9.2 #10. */
import { describe, expect, it } from 'vitest';
import { fixture } from '../../support/golden.ts';
import { key, metricsBody, type ProxyUnderTest, usageOf, withProxy } from '../../support/proxy.ts';
import { halyards, noHalyard, subjects } from '../../support/subjects.ts';
import { answer, type Behaviour, type Upstream } from '../../support/upstream.ts';
import { eventually, sleep } from '../../support/wait.ts';

const env = { UNLEASH_METRICS_INTERVAL: '400' };
const definitions = fixture('small');

const report = async ({ server }: ProxyUnderTest, toggles: unknown, path = '/proxy/client/metrics'): Promise<void> => {
  const got = await server.postJson(path, metricsBody(toggles), key);
  expect([got.status, got.text]).toEqual([200, 'OK']);
};

const answering =
  (...behaviours: Behaviour[]) =>
  (upstream: Upstream) =>
    upstream.behave('metrics', ...behaviours);

const sends = (upstream: Upstream, count: number) =>
  eventually(`${count} metrics posts`, () => upstream.of('metrics').length >= count);

/** Sum of `yes` of a toggle over the posts from index `from` on. */
const yesOf = (upstream: Upstream, toggle: string, from = 0): number =>
  usageOf(upstream)
    .slice(from)
    .reduce((sum, { toggles }) => sum + (toggles[toggle]?.yes ?? 0), 0);

describe.concurrent.each(subjects())('usage counts (6.5): %s', (subject) => {
  it('front-end buckets are summed, POST with names counts once each, GET and nameless POST count nothing', async () => {
    // All of it falls into one interval: what is there is sent when the process ends.
    const late = { UNLEASH_METRICS_INTERVAL: '600000' };
    await withProxy(subject, { definitions, env: late }, async (proxy) => {
      const { server, upstream } = proxy;
      await server.get('/proxy', key);
      await server.get('/proxy/all', key);
      await server.postJson('/proxy', { context: { sessionId: 's' } }, key);
      await report(proxy, { alpha: { yes: 2, no: 1, variants: { one: 2 } } });
      await report(
        proxy,
        { alpha: { yes: 1, variants: { one: 1, disabled: 4 } }, other: { no: 7 } },
        '/proxy/all/client/metrics',
      );
      await server.postJson('/proxy', { toggles: ['alpha', 'beta', 'nope', 'alpha'] }, key);
      process.kill(server.pid, 'SIGTERM');
      await server.exit;
      const [bucket] = usageOf(upstream);
      expect(bucket?.toggles).toEqual({
        alpha: { yes: 5, no: 1, variants: { one: 3, disabled: 4 } },
        beta: { yes: 0, no: 1, variants: {} },
        nope: { yes: 0, no: 1, variants: {} },
        other: { yes: 0, no: 7, variants: {} },
      });
      expect(Date.parse(bucket?.start ?? '')).toBeLessThanOrEqual(Date.parse(bucket?.stop ?? ''));
      const body = JSON.parse(upstream.of('metrics')[0]?.body ?? '') as { appName: string; instanceId: string };
      expect([body.appName, body.instanceId]).toEqual(['test-app', 'test-instance']);
    });
  });

  it('an empty bucket sends nothing; after a 2xx the window starts anew', async () => {
    await withProxy(subject, { definitions, env }, async (proxy) => {
      await sleep(1000);
      expect(proxy.upstream.of('metrics')).toEqual([]);
      await report(proxy, { alpha: { yes: 1 } });
      await sends(proxy.upstream, 1);
      await report(proxy, { alpha: { yes: 10 } });
      await sends(proxy.upstream, 2);
      expect(usageOf(proxy.upstream).map(({ toggles }) => toggles.alpha?.yes)).toEqual([1, 10]);
      const [first, second] = usageOf(proxy.upstream);
      expect(Date.parse(second?.start ?? '')).toBeGreaterThan(Date.parse(first?.stop ?? '') - 100);
    });
  });

  it('counts that arrive before readiness are kept and sent', async () => {
    const prepare = (upstream: Upstream) => upstream.behave('features', answer(400));
    const early = { ...env, UNLEASH_FETCH_INTERVAL: '200' };
    await withProxy(subject, { definitions, env: early, waitFor: 'listening', prepare }, async (proxy) => {
      await report(proxy, { alpha: { yes: 3 } });
      await sleep(600);
      expect(proxy.upstream.of('metrics')).toEqual([]);
      proxy.upstream.behave('features', { kind: 'normal' });
      await sends(proxy.upstream, 1);
      expect(yesOf(proxy.upstream, 'alpha')).toBe(3);
    });
  });

  it.each([404, 429, 500, 502, 503, 504])('%i: the counts are merged back and sent later', async (status) => {
    await withProxy(subject, { definitions, env, prepare: answering(answer(status), answer(202)) }, async (proxy) => {
      await report(proxy, { alpha: { yes: 5 } });
      await sends(proxy.upstream, 1);
      await report(proxy, { alpha: { yes: 2 } });
      await eventually('all seven', () => yesOf(proxy.upstream, 'alpha', 1) >= 7);
      await sleep(600);
      expect(yesOf(proxy.upstream, 'alpha', 1)).toBe(7);
    });
  });

  it('network failure: the counts are merged back and sent at a later interval', async () => {
    await withProxy(subject, { definitions, env, prepare: answering({ kind: 'reset' }) }, async (proxy) => {
      await report(proxy, { alpha: { yes: 5 } });
      await sends(proxy.upstream, 1);
      await report(proxy, { alpha: { yes: 2 } });
      proxy.upstream.behave('metrics', answer(202));
      const before = proxy.upstream.of('metrics').length;
      await sends(proxy.upstream, before + 1);
      await eventually('all seven', () => yesOf(proxy.upstream, 'alpha', before) === 7);
    });
  });
});

describe.skipIf(noHalyard).concurrent.each(halyards())('usage counts that Halyard does not lose: %s', (subject) => {
  it.each([400, 413, 422])('9.2 #10: after a %i the next sends still happen', async (status) => {
    await withProxy(subject, { definitions, env, prepare: answering(answer(status), answer(202)) }, async (proxy) => {
      await report(proxy, { alpha: { yes: 5 } });
      await sends(proxy.upstream, 1);
      await report(proxy, { beta: { yes: 2 } });
      await eventually('the later counts', () => yesOf(proxy.upstream, 'beta', 1) === 2);
    });
  });

  it.each([401, 403])('9.2 #8, #10: after a %i counts are sent once upstream accepts them', async (status) => {
    await withProxy(subject, { definitions, env, prepare: answering(answer(status), answer(202)) }, async (proxy) => {
      await report(proxy, { alpha: { yes: 5 } });
      await sends(proxy.upstream, 1);
      await eventually('the same counts again', () => yesOf(proxy.upstream, 'alpha', 1) === 5);
    });
  });

  it('an upstream that never answers the metrics post delays nothing else and loses nothing', async () => {
    await withProxy(subject, { definitions, env, prepare: answering({ kind: 'hang' }, answer(202)) }, async (proxy) => {
      await report(proxy, { alpha: { yes: 5 } });
      await sends(proxy.upstream, 1);
      await report(proxy, { alpha: { yes: 2 } });
      await eventually('all seven', () => yesOf(proxy.upstream, 'alpha', 1) === 7);
    });
  });
});
