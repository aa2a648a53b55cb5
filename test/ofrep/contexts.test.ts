import { describe, expect, it } from 'vitest';
import { parseJson } from '../../src/flagsmith/json/cursor.ts';
import { e2eDocument } from '../flagsmith/api.ts';
import { clientKey, flag, flagsmithOfrepOf, proxyOfrep, serverToken, set, variant } from './harness.ts';

const on = (name: string, ...variants: object[]) => flag(name, { variants });

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
