import { describe, expect, it } from 'vitest';
import { parseJson } from '../../src/flagsmith/json/cursor.ts';
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

describe('contexts', () => {
  const reads = (name: string, values: string[]) =>
    flag(name, { strategies: [{ name: 'default', constraints: [{ contextName: name, operator: 'IN', values }] }] });

  it('OF-48 the client address stands in for frontend credentials only', async () => {
    const { single } = await proxyOfrep(
      set(flag('f', { strategies: [{ name: 'remoteAddress', parameters: { IPs: '10.1.2.3' } }] })),
    );
    const value = async (key: string, context: object) =>
      (await single('f', context, { key, peer: '10.1.2.3' })).json.value;
    expect(await value(clientKey, {})).toBe(true);
    expect(await value(clientKey, { remoteAddress: '10.9.9.9' })).toBe(false);
    expect(await value(serverToken, {})).toBe(false);
    expect(await value(serverToken, { remoteAddress: '10.1.2.3' })).toBe(true);
  });

  it('OF-49 environment and application of a context choose no flags', async () => {
    const { bulk } = await proxyOfrep(set(flag('a')));
    const plain = await bulk();
    const other = await bulk({ environment: 'staging', appName: 'other' });
    expect(other.json.metadata).toEqual(plain.json.metadata);
    expect(other.headers.etag).toBe(plain.headers.etag);
  });

  it('OF-50 the targeting key is the user, and none is no error', async () => {
    const { single } = await proxyOfrep(set(reads('userId', ['u1'])));
    const value = async (context: object) => (await single('userId', context)).json.value;
    expect(await value({ targetingKey: 'u1' })).toBe(true);
    expect(await value({ targetingKey: 'u1', userId: 'u2' })).toBe(true);
    expect(await value({ userId: 'u1' })).toBe(true);
    expect(await value({ targetingKey: '', userId: 'u1' })).toBe(true);
    expect(await value({ targetingKey: null })).toBe(false);
    expect(await value({})).toBe(false);
  });

  it('OF-50 strict mode wants one', async () => {
    const { single, bulk } = await proxyOfrep(set(flag('a')), { environment: { HALYARD_OFREP_STRICT: 'true' } });
    expect((await single('a', {})).json).toMatchObject({ key: 'a', errorCode: 'TARGETING_KEY_MISSING' });
    expect((await bulk({ userId: 'u' })).json.errorCode).toBe('TARGETING_KEY_MISSING');
    expect((await bulk({ targetingKey: 'u' })).status).toBe(200);
  });

  it('OF-50 other members become fields and properties of Unleash', async () => {
    const { single } = await proxyOfrep(
      set(
        reads('sessionId', ['s']),
        reads('plan', ['pro']),
        reads('count', ['3']),
        reads('beta', ['true']),
        reads('nested', ['x']),
        reads('list', ['a']),
      ),
    );
    const value = async (key: string, context: object) => (await single(key, context)).json.value;
    expect(await value('sessionId', { sessionId: 's' })).toBe(true);
    expect(await value('plan', { plan: 'pro' })).toBe(true);
    expect(await value('count', { count: 3 })).toBe(true);
    expect(await value('beta', { beta: true })).toBe(true);
    expect(await value('plan', { plan: 'free', properties: { plan: 'pro' } })).toBe(true);
    expect(await value('nested', { nested: { x: 'x' } })).toBe(false);
    expect(await value('list', { list: ['a'] })).toBe(false);
    expect(await value('plan', { traits: { plan: 'pro' } })).toBe(false);
  });
});

describe('typed views', () => {
  const document = set(
    on('text', variant('t', 'string', 'x')),
    on('number', variant('n', 'number', '1.50')),
    on('json', variant('j', 'json', '{"a":1}')),
    flag('plain'),
    flag('off', { enabled: false, variants: [variant('t', 'string', 'x')] }),
  );

  it.each([
    ['text:boolean', { value: true }],
    ['text:string', { value: 'x' }],
    ['text:variant', { value: 't' }],
    ['text:number', { errorCode: 'TYPE_MISMATCH' }],
    ['number:number', { value: 1.5 }],
    ['number:object', { errorCode: 'TYPE_MISMATCH' }],
    ['json:object', { value: { a: 1 } }],
    ['json:string', { errorCode: 'TYPE_MISMATCH' }],
    ['plain:boolean', { value: true }],
    ['off:boolean', { value: false, reason: 'DISABLED' }],
    ['nope:boolean', { errorCode: 'FLAG_NOT_FOUND' }],
    ['text:colour', { errorCode: 'FLAG_NOT_FOUND' }],
    ['text:', { errorCode: 'FLAG_NOT_FOUND' }],
    [':boolean', { errorCode: 'FLAG_NOT_FOUND' }],
  ])('OF-52 %s', async (key, expected) => {
    const { single } = await proxyOfrep(document);
    expect((await single(key)).json).toMatchObject({ key, ...expected });
  });

  it.each(['plain:string', 'plain:variant', 'off:string', 'off:variant'])('OF-52 %s has no value', async (key) => {
    const { single } = await proxyOfrep(document);
    const { status, json } = await single(key);
    expect(status).toBe(200);
    expect('value' in json).toBe(false);
  });

  it('OF-52 come in bulk answers where they are asked for', async () => {
    const { bulk } = await proxyOfrep(document);
    expect((await bulk()).json.flags).toHaveLength(5);
    const { flags } = (await bulk({}, { query: '?views=variant,boolean,colour&keys=text,off' })).json;
    expect(flags.map(({ key, value }) => [key, value])).toEqual([
      ['off', undefined],
      ['off:boolean', false],
      ['off:variant', undefined],
      ['text', 'x'],
      ['text:boolean', true],
      ['text:variant', 't'],
    ]);
  });

  it('OF-51 a feature of exactly the name wins', async () => {
    const parsed = JSON.parse(e2eDocument());
    const [first] = parsed.feature_states;
    parsed.feature_states.push({
      ...first,
      feature: { ...first.feature, id: 9_001, name: `${first.feature.name}:boolean` },
      feature_state_value: 'exact',
      enabled: true,
      multivariate_feature_state_values: [],
    });
    const text = JSON.stringify(parsed);
    parseJson(text);
    const { single, bulk } = flagsmithOfrepOf(text);
    expect((await single(`${first.feature.name}:boolean`)).json.value).toBe('exact');
    const same = (await bulk({}, { query: '?views=boolean' })).json.flags.filter(
      ({ key }) => key === `${first.feature.name}:boolean`,
    );
    expect(same).toMatchObject([{ value: 'exact' }]);
  });
});

describe('usage', () => {
  it('OF-53 a single evaluation counts once, with its variant', async () => {
    const { single, core } = await proxyOfrep(
      set(
        flag('a'),
        flag('off', { enabled: false }),
        on('v', variant('blue', 'string', 'x')),
        on('bad', variant('b', 'json', '{')),
      ),
    );
    for (const key of ['a', 'a', 'off', 'v', 'v:boolean', 'bad', 'nope']) await single(key);
    const counted = [...(core.usage.take()?.toggles ?? [])].map(([name, { yes, no, variants }]) => [
      name,
      yes,
      no,
      [...variants],
    ]);
    expect(counted).toEqual([
      ['a', 2, 0, []],
      ['off', 0, 1, []],
      ['v', 2, 0, [['blue', 2]]],
    ]);
  });

  it('OF-53 Flagsmith counts one evaluation, and the request', async () => {
    const { single, used, bulk } = flagsmithOfrepOf(e2eDocument());
    const { key = '' } = (await bulk()).json.flags[0] ?? {};
    used.length = 0;
    await single(key, { targetingKey: 'u' });
    expect(used).toEqual(['client identities', `client [["${key}",1]]`]);
  });

  it('OF-54 a bulk evaluation counts nothing, unless configured, and then only what was sent', async () => {
    const quiet = await proxyOfrep(set(flag('a')));
    await quiet.bulk();
    expect(quiet.core.usage.take()).toBeUndefined();
    const counting = await proxyOfrep(set(flag('a'), flag('off', { enabled: false })), {
      environment: { HALYARD_OFREP_COUNT_BULK: 'true' },
    });
    const { etag = '' } = (await counting.bulk()).headers;
    await counting.bulk({}, { headers: { 'if-none-match': etag } });
    const counted = [...(counting.core.usage.take()?.toggles ?? [])].map(([name, { yes, no }]) => [name, yes, no]);
    expect(counted).toEqual([
      ['a', 1, 0],
      ['off', 0, 1],
    ]);
  });
});
