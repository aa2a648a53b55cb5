import { describe, expect, it } from 'vitest';
import { e2eDocument } from '../flagsmith/api.ts';
import { clientKey, flag, flagsmithOfrepOf, proxyOfrep, rollout, serverToken, set, variant } from './harness.ts';
import { schemaFault } from './schema.ts';

const path = '/ofrep/v1/evaluate/flags';
const on = (name: string, ...variants: object[]) => flag(name, { variants });

describe('errors', () => {
  it('OF-33 not loaded yet, and about to stop, are 503 with Retry-After', async () => {
    const { bulk, single, ofrep, load } = await proxyOfrep(set(flag('a')), { isLoaded: false });
    const early = [await bulk(), await single('a')];
    await load(set(flag('a')));
    expect((await bulk()).status).toBe(200);
    ofrep.close();
    for (const { status, headers, json } of [...early, await bulk(), await single('a')]) {
      expect(status).toBe(503);
      expect(json.errorCode).toBe('PROVIDER_NOT_READY');
      expect(headers['retry-after']).toMatch(/^[1-9]\d*$/);
    }
  });

  it('OF-38 there is no configuration endpoint', async () => {
    const { ask } = await proxyOfrep(set());
    const answer = await ask('/ofrep/v1/configuration', { method: 'GET' });
    expect(answer.status).toBe(404);
    expect(answer.json).toMatchObject({ errorCode: 'GENERAL', metadata: {} });
  });

  it('OF-39 an error has its code, and its key where one was asked for', async () => {
    const { ask } = await proxyOfrep(set(flag('a')));
    const singles = [
      await ask(`${path}/nope`),
      await ask(`${path}/a`, { method: 'GET' }),
      await ask(`${path}/a`, { key: null }),
      await ask(`${path}/a`, { body: '{' }),
    ];
    for (const { json } of singles) expect(schemaFault('failure', json)).toBeUndefined();
    const bulks = [await ask(path, { method: 'GET' }), await ask(path, { key: null }), await ask(path, { body: '{' })];
    for (const { json } of bulks) expect(schemaFault('bulkFailure', json)).toBeUndefined();
    expect(bulks.every(({ json }) => !('key' in json))).toBe(true);
  });

  it('OF-39 a fault inside is 500 that says nothing of it', async () => {
    const { single, lines } = await proxyOfrep(set(flag('a')), {
      options: {
        expCustomEnrichers: [
          () => {
            throw new Error('secret detail');
          },
        ],
      },
    });
    const answer = await single('a');
    expect(answer.status).toBe(500);
    expect(answer.json).toMatchObject({ key: 'a', errorCode: 'GENERAL' });
    expect(answer.text).not.toContain('secret detail');
    expect(lines.join()).toContain('secret detail');
  });

  it('OF-40 Retry-After is a whole number of seconds', async () => {
    const { bulk } = await proxyOfrep(set(), { isLoaded: false });
    const { headers } = await bulk();
    expect(Number(headers['retry-after'])).toBeGreaterThanOrEqual(1);
    expect(headers['retry-after']).toBe(String(Math.ceil(Number(headers['retry-after']))));
  });

  it('OF-41 only codes of OpenFeature', async () => {
    const { single, bulk } = await proxyOfrep(
      set(on('j', variant('v', 'json', '{')), on('s', variant('v', 'string', 's'))),
      {
        environment: { HALYARD_OFREP_STRICT: 'true' },
      },
    );
    const user = { targetingKey: 'u' };
    const codes = [
      await single('nope', user),
      await single('j', user),
      await single('s:number', user),
      await single('s'),
      await bulk([]),
    ];
    expect(codes.map(({ json }) => json.errorCode)).toEqual([
      'FLAG_NOT_FOUND',
      'PARSE_ERROR',
      'TYPE_MISMATCH',
      'TARGETING_KEY_MISSING',
      'INVALID_CONTEXT',
    ]);
  });
});

describe('reasons', () => {
  const constrained = { constraints: [{ contextName: 'plan', operator: 'IN', values: ['pro'] }] };
  const document = set(
    flag('default'),
    flag('none', { strategies: [] }),
    flag('off', { enabled: false }),
    flag('half', { strategies: [rollout(50)] }),
    flag('all', { strategies: [rollout(100)] }),
    flag('constrained', { strategies: [{ name: 'default', ...constrained }] }),
    flag('users', { strategies: [{ name: 'userWithId', parameters: { userIds: 'u1,u2' } }] }),
    flag('custom', { strategies: [{ name: 'mine' }] }),
    flag('split', {
      variants: [variant('a', 'string', 'a', { weight: 500 }), variant('b', 'string', 'b', { weight: 500 })],
    }),
    flag('single', { variants: [variant('only', 'string', 'x')] }),
    flag('listed', {
      variants: [
        variant('a', 'string', 'a', { overrides: [{ contextName: 'userId', values: ['u1'] }] }),
        variant('b', 'string', 'b'),
      ],
    }),
    flag('child', { dependencies: [{ feature: 'off' }] }),
    flag('parented', { dependencies: [{ feature: 'constrained' }] }),
  );
  const strategy = {
    name: 'mine',
    isEnabled: (_parameters: unknown, context: { userId?: string }) => context.userId === 'u1',
  };
  const expected: [key: string, user: string, plan: string, value: unknown, reason: string][] = [
    ['default', 'u1', 'free', true, 'STATIC'],
    ['none', 'u1', 'free', true, 'STATIC'],
    ['off', 'u1', 'free', false, 'DISABLED'],
    ['all', 'u1', 'free', true, 'STATIC'],
    ['constrained', 'u1', 'pro', true, 'TARGETING_MATCH'],
    ['constrained', 'u1', 'free', false, 'DEFAULT'],
    ['users', 'u1', 'free', true, 'TARGETING_MATCH'],
    ['users', 'u3', 'free', false, 'DEFAULT'],
    ['custom', 'u1', 'free', true, 'UNKNOWN'],
    ['custom', 'u3', 'free', false, 'DEFAULT'],
    ['single', 'u1', 'free', 'x', 'STATIC'],
    ['listed', 'u1', 'free', 'a', 'TARGETING_MATCH'],
    ['child', 'u1', 'free', false, 'DEFAULT'],
    ['parented', 'u1', 'pro', true, 'STATIC'],
    ['parented', 'u1', 'free', false, 'DEFAULT'],
  ];

  it.each(expected)('OF-42 %s for %s on %s is %j because of %s', async (key, targetingKey, plan, value, reason) => {
    const { single } = await proxyOfrep(document, { options: { customStrategies: [strategy as never] } });
    expect((await single(key, { targetingKey, plan })).json).toMatchObject({ value, reason });
  });

  it('OF-42 shares and weights are SPLIT, whoever is asked about', async () => {
    const { single } = await proxyOfrep(document);
    const seen = new Set<string>();
    for (let i = 0; i < 30; i++) {
      const half = (await single('half', { targetingKey: `u${i}` })).json;
      expect(half.reason).toBe(half.value === true ? 'SPLIT' : 'DEFAULT');
      const split = (await single('split', { targetingKey: `u${i}` })).json;
      expect(split).toMatchObject({ reason: 'SPLIT', value: split.variant });
      seen.add(`${half.value} ${split.value}`);
    }
    expect(seen.size).toBe(4);
  });
});

describe('values', () => {
  it.each([
    ['number', '3.0', '3.0'],
    ['number', '9007199254740993', '9007199254740993'],
    ['number', ' 1e3 ', '1e3'],
    ['number', '.5', '0.5'],
    ['number', '+7', '7'],
    ['number', '007', '7'],
    ['json', '{"big":9007199254740993, "f":1.0}', '{"big":9007199254740993, "f":1.0}'],
    ['json', '[1,2]', '[1,2]'],
    ['json', '3.0', '3.0'],
    ['string', '3', '"3"'],
    ['csv', 'a,b', '"a,b"'],
    ['string', '', '""'],
    ['string', '\u2028"\\', JSON.stringify('\u2028"\\')],
  ])('OF-43 a %s payload of %j is written as %s', async (type, text, json) => {
    const { single, bulk } = await proxyOfrep(set(on('f', variant('v', type, text))));
    expect((await single('f')).text).toContain(`"value":${json},`);
    expect((await bulk()).text).toContain(`"value":${json},`);
  });

  it.each([
    ['number', ''],
    ['number', 'NaN'],
    ['number', '1e999'],
    ['number', '0x10'],
    ['number', '1_000'],
    ['number', 'Infinity'],
    ['json', ''],
    ['json', '{'],
    ['json', "{'a':1}"],
    // Some clients could read no reply that holds these.
    ['json', '{"a":[1e400]}'],
    ['json', `${'['.repeat(501)}${']'.repeat(501)}`],
  ])('OF-43 a %s payload of %j is PARSE_ERROR', async (type, text) => {
    const { single } = await proxyOfrep(set(on('f', variant('v', type, text))));
    const { status, json } = await single('f');
    expect(status).toBe(400);
    expect(json).toMatchObject({ key: 'f', errorCode: 'PARSE_ERROR' });
  });

  it('OF-18 a deep payload is a value as long as all clients can read it', async () => {
    const text = `${'['.repeat(500)}${']'.repeat(500)}`;
    const { single } = await proxyOfrep(set(on('f', variant('v', 'json', text))));
    expect((await single('f')).text).toContain(`"value":${text}`);
  });

  it('OF-44 a flag with payloads has no value where it is off, and no boolean', async () => {
    const { single } = await proxyOfrep(
      set(
        flag('f', { strategies: [rollout(50)], variants: [variant('v', 'string', 'x')] }),
        flag('disabled', { enabled: false, strategies: [{ name: 'default', variants: [variant('v', 'json', '{}')] }] }),
        flag('bare', { variants: [variant('v')] }),
        flag('mixed', { variants: [variant('a', 'string', 'x'), variant('b', undefined, undefined, { weight: 0 })] }),
      ),
    );
    const types = new Set<string>();
    for (let i = 0; i < 30; i++) types.add(typeof (await single('f', { targetingKey: `u${i}` })).json.value);
    expect(types).toEqual(new Set(['string', 'undefined']));
    expect((await single('disabled')).json).toEqual(expect.not.objectContaining({ value: false }));
    expect((await single('bare')).json).toMatchObject({ value: true, variant: 'v' });
    expect((await single('mixed')).json.value).toBe('x');
  });

  it('OF-44 the plain key can be boolean for all flags', async () => {
    const { single } = await proxyOfrep(set(on('f', variant('v', 'string', 'x'))), {
      environment: { HALYARD_OFREP_UNLEASH_PLAIN_KEY: 'boolean' },
    });
    expect((await single('f')).json).toMatchObject({ value: true, variant: 'v' });
    expect((await single('f:string')).json).toMatchObject({ value: 'x' });
  });
});

describe('metadata', () => {
  it('OF-45 a bulk answer names flag set and version, and says when it is stale', async () => {
    const ofrep = await proxyOfrep(set(flag('a')), { environment: { HALYARD_OFREP_STALE_AFTER: '60' } });
    let heardMs = ofrep.timers.now();
    ofrep.core.source.upstream = { lastHeardMs: () => heardMs, refresh: async () => {} };
    const { metadata } = (await ofrep.bulk()).json;
    expect(metadata).toEqual({ flagSetId: 'default:production', version: expect.stringMatching(/^[\w.]+$/) });
    await ofrep.timers.advance(95_000);
    const stale = await ofrep.bulk();
    expect(stale.json.metadata).toEqual({ ...metadata, stale: true, ageSec: 90 });
    heardMs = ofrep.timers.now();
    expect((await ofrep.bulk()).json.metadata).toEqual(metadata);
  });

  it('OF-46 a single answer repeats flag set and version', async () => {
    const { single, bulk } = await proxyOfrep(set(flag('a')));
    expect((await single('a')).json.metadata).toEqual((await bulk()).json.metadata);
  });

  it('OF-46 more is told to backend credentials, and all where it is asked for', async () => {
    const described = flag('f', {
      type: 'experiment',
      stale: true,
      impressionData: true,
      strategies: [rollout(100)],
      variants: [variant('v', 'number', '1')],
    });
    const of = async (environment: Record<string, string>, key = serverToken) =>
      (await (await proxyOfrep(set(described), { environment })).bulk({}, { key })).json.flags[0]?.metadata;
    expect(await of({}, clientKey)).toEqual({});
    expect(await of({})).toEqual({ payloadType: 'number', impressionData: true });
    expect(await of({ HALYARD_OFREP_METADATA: 'full' }, clientKey)).toEqual({
      payloadType: 'number',
      impressionData: true,
      project: 'default',
      flagType: 'experiment',
      stale: true,
      strategy: 'flexibleRollout',
      rollout: 100,
    });
  });

  it('OF-47 whole answers hold to the corrected schema', async () => {
    const { bulk, single } = await proxyOfrep(
      set(
        flag('a'),
        flag('off', { enabled: false }),
        on('l', variant('v', 'json', '[1]')),
        on('j', variant('v', 'json', '{')),
      ),
      { environment: { HALYARD_OFREP_METADATA: 'full' } },
    );
    expect(
      schemaFault('bulkSuccess', (await bulk({}, { query: '?views=boolean,variant,number' })).json),
    ).toBeUndefined();
    for (const key of ['a', 'off', 'l']) expect(schemaFault('success', (await single(key)).json)).toBeUndefined();
    const flagsmith = flagsmithOfrepOf(e2eDocument(), { environment: { HALYARD_OFREP_METADATA: 'full' } });
    const answer = await flagsmith.bulk(
      { targetingKey: 'u' },
      { query: '?views=boolean,string,number,object,variant' },
    );
    expect(schemaFault('bulkSuccess', answer.json)).toBeUndefined();
  });
});
