/** Faults that a context can trigger: 9.2 #1, 11.3 #27, #29. Needs only a public client key. */
import { describe, expect, it } from 'vitest';
import { fixture } from '../../support/golden.ts';
import type { RawRequest } from '../../support/http.ts';
import { expectHealthy, key, metricsBody, namesOf, togglesOf, withProxy } from '../../support/proxy.ts';
import { halyards, noHalyard } from '../../support/subjects.ts';

const json = { ...key, 'content-type': 'application/json' };
const post = (body: string): RawRequest => ({ method: 'POST', path: '/proxy', headers: json, body });
const get = (query: string): RawRequest => ({ path: `/proxy?${query}`, headers: { ...key } });

const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;

/** Constraints on `region` compare with the text that an object has always had. */
const objectAsText: readonly RawRequest[] = [
  get('region[toString]=x'),
  get('properties[region][toString]=x'),
  get('region[toString]=x&region[valueOf]=y'),
  get('region[toString][a]=x'),
  get('region[__proto__]=x&region[toString]=x'),
  post('{"context":{"region":{"toString":"x"}}}'),
  post('{"context":{"region":{"toString":null,"valueOf":1}}}'),
  post('{"context":{"region":{"toString":{},"toJSON":1}}}'),
];

const definitions = {
  ...fixture('main'),
  features: [
    ...fixture('main').features,
    {
      name: 'sticky-region',
      enabled: true,
      strategies: [{ name: 'flexibleRollout', parameters: { rollout: '100', stickiness: 'region', groupId: 'g' } }],
      variants: [
        { name: 'a', weight: 500, stickiness: 'region' },
        { name: 'b', weight: 500, stickiness: 'region' },
      ],
    },
    {
      name: 'about-properties',
      enabled: true,
      strategies: [
        {
          name: 'default',
          parameters: {},
          constraints: [{ contextName: 'properties', operator: 'NOT_IN', values: ['x'] }],
        },
      ],
    },
  ],
};

describe.skipIf(noHalyard).each(halyards())('hostile contexts: %s', (subject) => {
  it('9.2 #1: objects with a toString member are text as ever, and the process lives', async () => {
    await withProxy(subject, { definitions }, async ({ server }) => {
      for (const request of objectAsText) {
        const names = namesOf(await server.request(request));
        expect(names, request.path + String(request.body)).toContain('prop-region-object');
        await expectHealthy(server);
      }
      expect(namesOf(await server.request(get('environment[toString]=x')))).toContain('always-on');
      const named = post('{"toggles":["prop-region-object"],"context":{"region":{"toString":"x"}}}');
      expect(togglesOf(await server.request(named)).map(({ enabled }) => enabled)).toEqual([true]);
      await expectHealthy(server);
    });
  });

  it('11.3 #29: stickiness fields, a context name `properties`, and deep arrays are contained', async () => {
    await withProxy(subject, { definitions }, async ({ server }) => {
      const sticky = namesOf(await server.request(get('region[toString]=x&sessionId=s')));
      expect(sticky).toEqual(expect.arrayContaining(['sticky-region', 'about-properties']));
      expect(namesOf(await server.request(get('toString=x&valueOf=y')))).toContain('about-properties');
      expect(namesOf(await server.request(post('{"context":{"toString":"x"}}')))).toContain('about-properties');
      for (const field of ['region', 'tenant', 'currentTime', 'age']) {
        const got = await server.request(post(`{"context":{"${field}":${nested(20_000)}}}`));
        expect([200, 400], got.text.slice(0, 200)).toContain(got.status);
        await expectHealthy(server);
      }
    });
  });

  it('11.3 #27: the name __proto__ pollutes nothing', async () => {
    await withProxy(subject, { definitions }, async ({ server }) => {
      const disabled = { name: 'disabled', enabled: false, feature_enabled: false, featureEnabled: false };
      const got = togglesOf(await server.request(post('{"toggles":["__proto__","constructor","toString"]}')));
      expect(got).toEqual(
        ['__proto__', 'constructor', 'toString'].map((name) => ({
          name,
          enabled: false,
          variant: disabled,
          impressionData: false,
        })),
      );
      const usage = '{"__proto__":{"yes":1,"variants":{"__proto__":1}},"alpha":{"yes":1}}';
      const body = JSON.stringify(metricsBody('TOGGLES')).replace('"TOGGLES"', usage);
      const path = '/proxy/client/metrics';
      expect((await server.request({ method: 'POST', path, headers: json, body })).text).toBe('OK');
      // Routes not used before, and entries without a `no`, are where the pollution showed.
      const withoutNo = await server.postJson('/proxy/all/client/metrics', metricsBody({ alpha: { yes: 1 } }), key);
      expect([withoutNo.status, withoutNo.text]).toEqual([200, 'OK']);
      const register = { appName: 'a', interval: 1, started: 1, strategies: [] };
      expect((await server.postJson('/proxy/client/register', register, key)).text).toBe('OK');
      expect(namesOf(await server.get('/proxy/all', key))).toContain('always-on');
      expect(namesOf(await server.get('/proxy?region=eu', key))).toContain('prop-region-eu');
      await expectHealthy(server);
    });
  });

  it.each([
    'GET /proxy?__proto__[polluted]=1&constructor[prototype][polluted]=1',
    'GET /proxy?properties[__proto__][polluted]=1&properties[constructor][prototype]=1',
    'POST {"context":{"__proto__":{"polluted":"1"},"properties":{"__proto__":"x","constructor":"y"}}}',
    'POST {"__proto__":{"toggles":["zzz"]},"context":{"sessionId":"s"}}',
    'POST {"toggles":["hasOwnProperty","valueOf","__defineGetter__"],"context":{"hasOwnProperty":"x"}}',
  ])('prototype names are ordinary text: %s', async (line) => {
    await withProxy(subject, { definitions }, async ({ server }) => {
      const rest = line.slice(line.indexOf(' ') + 1);
      const request = line.startsWith('GET') ? { path: rest, headers: { ...key } } : post(rest);
      expect(togglesOf(await server.request(request)).length).toBeGreaterThan(0);
      const after = togglesOf(await server.request(post('{"toggles":["nope"]}')));
      expect(after.map(({ name, enabled }) => [name, enabled])).toEqual([['nope', false]]);
      await expectHealthy(server);
    });
  });
});
