/** Faults that a metrics body can trigger: 9.2 #2, 11.3 #28, #32; and bounds on what is kept. */
import { describe, expect, it } from 'vitest';
import type { RawResponse } from '../../support/http.ts';
import {
  expectHealthy,
  healthyThroughout,
  key,
  metricsBody,
  type ProxyUnderTest,
  usageOf,
  withProxy,
} from '../../support/proxy.ts';
import { halyards, noHalyard } from '../../support/subjects.ts';
import { answer, type Upstream } from '../../support/upstream.ts';
import { eventually } from '../../support/wait.ts';

const env = { UNLEASH_METRICS_INTERVAL: '400' };

/** `toggles` is given as JSON text, because some of what is sent cannot be written as a JavaScript value. */
function report({ server }: ProxyUnderTest, toggles: string): Promise<RawResponse> {
  const body = JSON.stringify(metricsBody('TOGGLES')).replace('"TOGGLES"', toggles);
  return server.request({
    method: 'POST',
    path: '/proxy/client/metrics',
    headers: { ...key, 'content-type': 'application/json' },
    body,
  });
}

const arrived = (upstream: Upstream, toggle: string) =>
  eventually(`usage of ${toggle} upstream`, () => {
    const bucket = usageOf(upstream).find(({ toggles }) => Object.hasOwn(toggles, toggle));
    return bucket?.toggles[toggle];
  });

describe.skipIf(noHalyard).each(halyards())('hostile counts: %s', (subject) => {
  it('9.2 #2: huge counts are added, not replayed', async () => {
    await withProxy(subject, { env }, async (proxy) => {
      const { server, upstream } = proxy;
      await healthyThroughout(server, async () => {
        const got = await report(
          proxy,
          '{"big":{"yes":20000000,"no":4294967295,"variants":{"one":4294967296,"two":4000000000}}}',
        );
        expect([got.status, got.text]).toEqual([200, 'OK']);
      });
      expect(await arrived(upstream, 'big')).toEqual({
        yes: 20_000_000,
        no: 4_294_967_295,
        variants: { one: 4_294_967_296, two: 4_000_000_000 },
      });
    });
  });

  it('9.2 #2: sums stop at the largest exact integer', async () => {
    // What is there is sent when the process ends, in one piece.
    await withProxy(subject, { env: { UNLEASH_METRICS_INTERVAL: '600000' } }, async (proxy) => {
      for (let i = 0; i < 3; i++)
        expect((await report(proxy, '{"max":{"yes":9007199254740991,"no":7}}')).status).toBe(200);
      // One count that is no exact integer may be refused, like infinity (11.3 #32), or added and capped.
      expect([200, 400]).toContain((await report(proxy, '{"max":{"yes":1e308}}')).status);
      process.kill(proxy.server.pid, 'SIGTERM');
      await proxy.server.exit;
      const { yes, no } = await arrived(proxy.upstream, 'max');
      expect([yes, no]).toEqual([Number.MAX_SAFE_INTEGER, 21]);
    });
  });

  it('11.3 #28: toggles and variants named like prototype members are counted like any other', async () => {
    await withProxy(subject, { env }, async (proxy) => {
      const got = await report(
        proxy,
        '{"toString":{"yes":2,"variants":{"valueOf":3,"one":1}},"constructor":{"no":4,"variants":{"constructor":5}}}',
      );
      expect([got.status, got.text]).toEqual([200, 'OK']);
      const usage = await arrived(proxy.upstream, 'toString');
      expect(usage).toEqual({ yes: 2, no: 0, variants: { valueOf: 3, one: 1 } });
      expect(await arrived(proxy.upstream, 'constructor')).toEqual({ yes: 0, no: 4, variants: { constructor: 5 } });
    });
  });

  it.each(['"Infinity"', '1e999', '-1e999', '"-Infinity"', '"NaN"', '"1e999"'])(
    '11.3 #32: a count of %s is refused',
    async (count) => {
      await withProxy(subject, { env }, async (proxy) => {
        for (const toggles of [
          `{"x":{"yes":${count}}}`,
          `{"x":{"no":${count}}}`,
          `{"x":{"variants":{"v":${count}}}}`,
        ]) {
          const got = await report(proxy, toggles);
          expect(got.status, got.text).toBe(400);
          const body = JSON.parse(got.text) as { error: string; validation: { instancePath: string }[] };
          expect(body.error).toBe('Request validation failed');
          expect(body.validation[0]?.instancePath).toMatch(/^\/body\/bucket\/toggles\/x\/(yes|no|variants\/v)$/);
        }
        await expectHealthy(proxy.server);
      });
    },
  );

  it('9.2 #10: counts of ever new names stay bounded while upstream refuses them, and flow again afterwards', async () => {
    const prepare = (upstream: Upstream) => upstream.behave('metrics', answer(503));
    await withProxy(subject, { env: { UNLEASH_METRICS_INTERVAL: '200' }, prepare }, async (proxy) => {
      const { server, upstream } = proxy;
      await healthyThroughout(server, async () => {
        for (let round = 0; round < 60; round++) {
          const names = Array.from({ length: 500 }, (_, i) => `"flag-${round}-${i}-${'x'.repeat(100)}":{"yes":1}`);
          expect((await report(proxy, `{${names.join(',')}}`)).status).toBe(200);
        }
      });
      await eventually('a refused send', () => upstream.of('metrics').length > 0);
      upstream.behave('metrics', answer(202));
      await eventually('usage to flow again', async () => {
        await report(proxy, '{"afterwards":{"yes":1}}');
        return usageOf(upstream).some(({ toggles }) => toggles.afterwards !== undefined);
      });
      await expectHealthy(server);
    });
  });
});
