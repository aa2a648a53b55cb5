import { gunzipSync } from 'node:zlib';
import { describe, expect, it, vi } from 'vitest';
import { client, e2eDocument, e2eRegistry, registryOf } from '../../../test/flagsmith/api.ts';
import { textOf } from '../../../test/flagsmith/requests.ts';
import { list, member, object, vectors } from '../../../test/flagsmith/vectors.ts';
import { parseJson } from '../json/cursor.ts';
import { encodeJson } from '../json/encode.ts';
import { isObject, type Json, type JsonObject } from '../json/value.ts';

const send = client(e2eRegistry());
const key = (value: string) => ({ 'x-environment-key': value });

// the points that are switched on purpose (spec section 9): what is sent, and what is answered instead
const decided = new Map<string, readonly [number, string | null]>([
  ['["GET","/api/v1/flags","client1"]', [200, null]],
  ['["GET","/api/v1/environment-document/","ser.one"]', [200, null]],
  ['["GET","/api/v1/flags/",null]', [401, '{"status":"unauthorized","message":"unknown key None"}']],
  [
    '["POST","/api/v1/identities/",null,"{\\"identifier\\":\\"a\\"}"]',
    [401, '{"status":"unauthorized","message":"unknown key None"}'],
  ],
  ['["POST","/api/v1/identities/","client1","{\\"identifier\\":null}"]', [200, null]],
  ['["POST","/api/v1/identities/","client1","{\\"traits\\":[]}"]', [200, null]],
  ['["POST","/api/v1/analytics/flags/","client1","{\\"a\\":1}"]', [200, '']],
]);

function checkFlags(expected: JsonObject, body: Json): void {
  const flags = isObject(body) ? list(body.get('flags')) : list(body);
  const byName = new Map(flags.map((flag) => [member(member(flag, 'feature'), 'name') as string, object(flag)]));
  for (const [name, state] of object(expected.get('flags'))) {
    const flag = byName.get(name);
    expect([flag?.get('enabled'), flag?.get('feature_state_value')], name).toEqual(list(state));
  }
  const order = expected.get('order');
  if (order !== undefined) expect([...byName.keys()]).toEqual(order);
  if (expected.has('keys')) expect([...object(body).keys()]).toEqual(expected.get('keys'));
  if (expected.has('traits')) expect(object(body).get('traits')).toEqual(expected.get('traits'));
}

describe('Edge Proxy 2.23.0, exchange by exchange', () => {
  const rows = vectors.cases('proxy_e2e').map((row) => {
    const [method, path, sentKey, body] = list(member(row, 'req')) as (string | null)[];
    return { name: encodeJson(member(row, 'req')), method, path, sentKey, body, expected: object(row) };
  });

  it('covers every decision', () => {
    expect(rows.filter(({ name }) => decided.has(name))).toHaveLength(decided.size);
  });

  it.each(rows)('$name', async ({ name, method, path, sentKey, body, expected }) => {
    const reply = await send(method!, path!, sentKey === null ? {} : key(sentKey!), body ?? '');
    const text = textOf(reply);
    const decision = decided.get(name);
    if (decision !== undefined) {
      expect(reply.status).toBe(decision[0]);
      if (decision[1] !== null) expect(text).toBe(decision[1]);
      return;
    }
    expect(reply.status).toBe(expected.get('status'));
    const wanted = expected.get('body_text');
    if (typeof wanted === 'string') expect(text).toBe(wanted.replaceAll('<version>', '2.7'));
    else checkFlags(expected, parseJson(text));
  });
});

describe('what published SDKs were seen to send', () => {
  const rows = vectors.cases('sdk_requests').map((row) => list(row) as (string | null)[]);
  const ofApi = rows.filter(([, , path]) => path!.startsWith('/api/'));

  it('is all here but the stream', () => {
    expect([rows.length, ofApi.length]).toEqual([20, 19]);
  });

  it.each(ofApi)('%s: %s %s', async (_, method, path, body) => {
    const reply = await send(method!, path!, key('ser.one'), body ?? '');
    const text = textOf(reply);
    expect(reply.status).toBe(200);
    if (path!.includes('/analytics/')) return expect(text).toBe('');
    if (path!.includes('/environment-document/')) return expect(text).toBe(e2eDocument());
    if (path!.includes('/flags/')) return expect(list(parseJson(text))).toHaveLength(10);
    const sent = body === null ? null : object(parseJson(body!));
    const identifier =
      sent === null ? new URL(path!, 'http://x').searchParams.get('identifier') : sent.get('identifier');
    const answer = object(parseJson(text));
    expect(answer.get('identifier')).toEqual(identifier ?? expect.stringMatching(/^[0-9a-f]{64}$/));
    // 2.23.0 echoes names and values alone
    const traits = list(sent?.get('traits') ?? []).map((trait) => new Map(object(trait)));
    for (const trait of traits) trait.delete('transient');
    expect(answer.get('traits')).toEqual(traits);
    expect(list(answer.get('flags'))).toHaveLength(10);
  });
});

describe('environment keys', () => {
  it('of an environment without a document are unknown; server keys are then named by their client key', async () => {
    const message = (shown: string) => `{"status":"unauthorized","message":"unknown key ${shown}"}`;
    expect(textOf(await send('GET', '/api/v1/flags/', key('client4')))).toBe(message("'client4'"));
    expect(textOf(await send('GET', '/api/v1/flags/', key('ser.four')))).toBe(message("'client4'"));
    expect(textOf(await send('GET', '/api/v1/environment-document', key('ser.four')))).toBe(message("'ser.four'"));
  });
});

describe('the environment document', () => {
  const path = '/api/v1/environment-document/';

  it('is sent as it came, to server keys', async () => {
    const reply = await send('GET', path, key('ser.one'));
    expect(textOf(reply)).toBe(e2eDocument());
    expect(reply.headers).toEqual({ 'Content-Type': 'application/json' });
  });

  it('is compressed beside other work when it is large, once', async () => {
    const text = e2eDocument({ name: 'x'.repeat(200_000) });
    const registry = registryOf({ client1: { serverKey: 'ser.one', text } });
    const sendLarge = client(registry);
    const headers = { ...key('ser.one'), 'accept-encoding': 'gzip' };
    const [first, second] = [await sendLarge('GET', path, headers), await sendLarge('GET', path, headers)];
    expect(first.headers).toMatchObject({ 'Content-Encoding': 'gzip', Vary: 'Accept-Encoding' });
    expect(gunzipSync(first.body as Uint8Array).toString()).toBe(text);
    expect(second.body).toBe(first.body);
    expect(textOf(await sendLarge('GET', path, key('ser.one')))).toBe(text);
  });

  it('is for client keys only where the configuration says so', async () => {
    expect((await send('GET', path, key('client1'))).status).toBe(403);
    const open = client(e2eRegistry(), { documentForClientKeys: true });
    expect(textOf(await open('GET', path, key('client1')))).toBe(e2eDocument());
  });
});

describe('values of the core API', () => {
  const core = client(e2eRegistry({ mode: 'core', details: false }));
  const flagsOf = async (url: string, sentKey: string, body?: string) => {
    const reply = await core(body === undefined ? 'GET' : 'POST', url, key(sentKey), body);
    const json = parseJson(textOf(reply));
    return new Map(
      list(isObject(json) ? json.get('flags') : json).map((flag) => [
        member(member(flag, 'feature'), 'name'),
        [member(flag, 'enabled'), member(flag, 'feature_state_value')],
      ]),
    );
  };

  it('leave segments out of environment flags (trap 3)', async () => {
    const flags = await flagsOf('/api/v1/flags/', 'client1');
    expect(flags.get('int')).toEqual([true, 1234]);
    expect(flags.get('bool')).toEqual([false, true]);
  });

  it('give digit-string identities their overrides (trap 6)', async () => {
    expect((await flagsOf('/api/v1/identities/?identifier=007', 'client1')).get('str')).toEqual([false, 'bond']);
    expect((await flagsOf('/api/v1/identities/?identifier=1.50', 'client1')).get('str')).toEqual([false, 'onefifty']);
    expect((await flagsOf('/api/v1/identities/?identifier=7', 'client1')).get('str')).toEqual([true, 'foo']);
  });

  it('split multivariate identity overrides (trap 7)', async () => {
    expect((await flagsOf('/api/v1/identities/?identifier=mvuser', 'client1')).get('mv')).toEqual([true, 'B']);
  });

  it('hide disabled flags as the environment says, then the project, for all keys (trap 9)', async () => {
    expect([...(await flagsOf('/api/v1/flags/', 'client3')).keys()]).not.toContain('nul');
    expect([...(await flagsOf('/api/v1/flags/', 'ser.three')).keys()]).not.toContain('nul');
    expect([...(await flagsOf('/api/v1/flags/', 'ser.two')).keys()]).not.toContain('nul');
    expect([...(await flagsOf('/api/v1/flags/', 'ser.one')).keys()]).toContain('nul');
  });
});

describe('identities', () => {
  const post = (body: string, headers: Record<string, string> = {}) =>
    send('POST', '/api/v1/identities/', { ...key('client1'), ...headers }, body);
  const head = async (body: string) => textOf(await post(body)).split(',"flags":')[0];

  it('without an identifier are named by their traits, or at random', async () => {
    const traits = '[{"trait_key":"b","trait_value":true},{"trait_key":"a","trait_value":1}]';
    // SHA-256 of a1bTrue
    const name = '8c66b6d1c5ad04df10f34e4b120c8b1c18a2b4c40763b9206e3f26aacf83ba97';
    expect(await head(`{"identifier":null,"traits":${traits}}`)).toBe(`{"identifier":"${name}","traits":${traits}`);
    expect(await head(`{"traits":${traits}}`)).toBe(await head(`{"identifier":null,"traits":${traits}}`));
    expect(await head('{}')).toBe('{"identifier":"random","traits":[]');
  });

  it('echo traits in order with their exact values, whatever their spelling', async () => {
    const body =
      '{ "traits" : [ {"trait_value": -0, "trait_key": "z", "transient": true}, {"trait_key":"e","trait_value":1e2}, {"trait_key":"\\u00e9","trait_value":"a\\u0062"}, {"trait_key":"big","trait_value":12345678901234567890}, {"trait_key":"n","trait_value":NaN}, {"trait_key":"z","trait_value":2} ], "identifier" : "\\u0041" }';
    expect(await head(body)).toBe(
      '{"identifier":"A","traits":[{"trait_key":"z","trait_value":0},{"trait_key":"e","trait_value":100.0},{"trait_key":"é","trait_value":"ab"},{"trait_key":"big","trait_value":12345678901234567890},{"trait_key":"n","trait_value":null},{"trait_key":"z","trait_value":2}]',
    );
  });

  it.each([
    ['', 'missing', ['body']],
    ['null', 'missing', ['body']],
    ['[]', 'model_attributes_type', ['body']],
    ['{"identifier":"a"', 'json_invalid', ['body', 17]],
    ['{"identifier":"é" "x"}', 'json_invalid', ['body', 18]],
    ['{"identifier":1}', 'string_type', ['body', 'identifier']],
    ['{"identifier":"a","traits":null}', 'list_type', ['body', 'traits']],
    ['{"identifier":"a","traits":[1]}', 'model_attributes_type', ['body', 'traits', 0]],
    ['{"identifier":"a","traits":[{}]}', 'missing', ['body', 'traits', 0, 'trait_key']],
    ['{"identifier":"a","traits":[{"trait_key":1}]}', 'string_type', ['body', 'traits', 0, 'trait_key']],
    [
      `{"identifier":"a","traits":[{"trait_key":"k","trait_value":"${'x'.repeat(2001)}"}]}`,
      'string_too_long',
      ['body', 'traits', 0, 'trait_value', 'str'],
    ],
  ])('refuse %.60s', async (body, type, loc) => {
    const reply = await post(body);
    expect(reply.status).toBe(422);
    expect(JSON.parse(textOf(reply)).detail[0]).toMatchObject({ type, loc });
  });

  it('are not named by texts without end', async () => {
    const name = 'x'.repeat(10_001);
    const posted = await post(`{"identifier":"${name}"}`);
    const got = await send('GET', `/api/v1/identities/?identifier=${name}`, key('client1'));
    expect([posted.status, got.status]).toEqual([422, 422]);
    expect(JSON.parse(textOf(posted)).detail[0]).toMatchObject({
      type: 'string_too_long',
      loc: ['body', 'identifier'],
    });
    expect((await post(`{"identifier":"${name.slice(1)}"}`)).status).toBe(200);
  });

  it('count the length of texts in code points', async () => {
    const body = `{"identifier":"a","traits":[{"trait_key":"k","trait_value":"${'😀'.repeat(2000)}"}]}`;
    expect((await post(body)).status).toBe(200);
  });

  it('take JSON of any name, and no other type', async () => {
    const body = '{"identifier":"a"}';
    for (const type of ['application/json; charset=utf-8', 'application/vnd.x+json']) {
      expect((await post(body, { 'content-type': type })).status).toBe(200);
    }
    const reply = await post(body, { 'content-type': 'text/plain' });
    expect(JSON.parse(textOf(reply)).detail[0]).toMatchObject({ type: 'model_attributes_type', input: body });
  });

  it('take the encodings that JSON may have, whatever the content type says', async () => {
    const body = '{"identifier":"bob é😀","traits":[{"trait_key":"tier","trait_value":"gold"}]}';
    const plain = textOf(await post(body));
    expect(plain).toContain('{"identifier":"bob é😀"');
    for (let time = 0; time < 3; time++) {
      const reply = await send('POST', '/api/v1/identities/', key('client1'), Buffer.from(`\ufeff${body}`, 'utf16le'));
      expect([reply.status, textOf(reply)]).toEqual([200, plain]);
    }
  });

  it('answer 400 to bytes that are no text and 413 to too many', async () => {
    const bytes = new Uint8Array([0x7b, 0xff]);
    expect((await send('POST', '/api/v1/identities/', key('client1'), bytes)).status).toBe(400);
    const narrow = client(e2eRegistry(), { bodyLimitBytes: 10 });
    expect((await narrow('POST', '/api/v1/identities/', key('client1'), '{"identifier":"a"}')).status).toBe(413);
  });

  it('merge repeated traits for evaluation, the last wins and null means absent', async () => {
    const traits = (values: string[]) => values.map((value) => `{"trait_key":"tier","trait_value":${value}}`).join(',');
    const str = async (values: string[]) => {
      const json = parseJson(textOf(await post(`{"identifier":"x","traits":[${traits(values)}]}`)));
      return member(list(member(json, 'flags'))[0], 'feature_state_value');
    };
    expect(await str(['"gold"', '"tin"'])).toBe('foo');
    expect(await str(['"tin"', '"gold"'])).toBe('vip!');
    expect(await str(['"gold"', 'null'])).toBe('foo');
  });
});

describe('analytics', () => {
  it('keep whole counts of known features', async () => {
    const onAnalytics = vi.fn();
    const api = client(e2eRegistry(), { onAnalytics });
    const reply = await api('POST', '/api/v1/analytics/flags', key('ser.one'), '{"str":2,"nope":1,"int":1.5,"mv":"1"}');
    expect([reply.status, textOf(reply)]).toEqual([200, '']);
    expect(onAnalytics.mock.calls).toEqual([['client1', new Map([['str', 2]])]]);
    expect((await api('POST', '/api/v1/analytics/flags/', key('nope'), '{"str":2}')).status).toBe(401);
    expect((await api('POST', '/api/v1/analytics/flags/', key('client1'), '[')).status).toBe(400);
  });
});

describe('usage', () => {
  it('counts successful requests under the client key', async () => {
    const used: string[] = [];
    const api = client(e2eRegistry(), { onUsage: (clientKey, resource) => used.push(`${clientKey} ${resource}`) });
    await api('GET', '/api/v1/flags/', key('ser.one'));
    await api('GET', '/api/v1/flags/?feature=nope', key('client1'));
    await api('GET', '/api/v1/flags/', key('nope'));
    await api('GET', '/api/v1/identities/?identifier=a', key('client2'));
    await api('POST', '/api/v1/identities/', key('client2'), '[');
    await api('GET', '/api/v1/environment-document/', key('ser.two'));
    expect(used).toEqual(['client1 flags', 'client2 identities', 'client2 environment-document']);
  });
});

describe('routes', () => {
  it.each(['/', '/api/v1/traits/', '/api/v1//flags/', '/API/v1/flags/', '/sse/environments/client1/stream'])(
    '%s is not found',
    async (path) => {
      expect(textOf(await send('GET', path))).toBe('{"detail":"Not Found"}');
    },
  );

  it.each([
    ['HEAD', '/api/v1/flags/', 'GET'],
    ['OPTIONS', '/api/v1/flags/', 'GET'],
    ['DELETE', '/api/v1/identities/', 'POST'],
    ['POST', '/proxy/health', 'GET'],
  ])('%s %s is not allowed', async (method, path, allow) => {
    const reply = await send(method, path, key('client1'));
    expect([reply.status, textOf(reply), reply.headers.Allow]).toEqual([405, '{"detail":"Method Not Allowed"}', allow]);
  });

  it('of repeated query parameters takes the last, decoded', async () => {
    const url = '/api/v1/identities/?identifier=a&identifier=user%20%40%2F%C3%A9+&transient=true';
    expect(textOf(await send('GET', url, key('client1')))).toContain('{"identifier":"user @/é ",');
    expect(textOf(await send('GET', '/api/v1/identities?identifier=', key('client1')))).toContain('{"identifier":"",');
  });

  it.each(['/docs', '/redoc', '/openapi.json', '/docs/oauth2-redirect'])('%s documents the API', async (path) => {
    expect((await send('GET', path)).status).toBe(200);
  });

  it('tell that the process lives, without a body', async () => {
    expect(await send('GET', '/proxy/health/liveness')).toEqual({ status: 200, headers: {}, body: null });
  });

  it.each(['/proxy/health/readiness', '/proxy/health', '/health', '/health/'])('%s tells readiness', async (path) => {
    const unready = client(e2eRegistry(), { readiness: () => ({ status: 503, body: '{"status":"error"}' }) });
    const reply = await unready('GET', path);
    expect([reply.status, textOf(reply)]).toEqual([503, '{"status":"error"}']);
  });

  it('send the document’s time where clients need it', async () => {
    const api = client(e2eRegistry(), { sendUpdatedAt: true });
    const reply = await api('GET', '/api/v1/flags/', { ...key('client1'), origin: 'https://app' });
    expect(reply.headers['X-Flagsmith-Document-Updated-At']).toBe('1714979289.123456');
    expect(reply.headers['Access-Control-Expose-Headers']).toBe('X-Flagsmith-Document-Updated-At');
  });
});

describe('gzip', () => {
  function sized(bytes: number) {
    const empty = encodeJson([]).length;
    const feature = (name: string, value: string) =>
      `{"feature":{"id":1,"name":"${name}","type":"STANDARD"},"enabled":true,"feature_state_value":"${value}"}`;
    const value = 'x'.repeat(bytes - empty - feature('f', '').length);
    const state = `{"feature":{"id":1,"name":"f"},"enabled":true,"django_id":1,"feature_state_value":"${value}"}`;
    const text = `{"api_key":"c","project":{"segments":[]},"feature_states":[${state}]}`;
    return client(registryOf({ c: { serverKey: 'ser.c', text } }));
  }
  const headers = { ...key('c'), 'accept-encoding': 'br, gzip;q=0.5' };

  it('begins at 1000 bytes', async () => {
    const small = await sized(999)('GET', '/api/v1/flags/', headers);
    expect(textOf(small)).toHaveLength(999);
    expect(small.headers).toEqual({ 'Content-Type': 'application/json' });
    const large = await sized(1000)('GET', '/api/v1/flags/', headers);
    expect(large.headers).toEqual({
      'Content-Type': 'application/json',
      'Content-Encoding': 'gzip',
      Vary: 'Accept-Encoding',
    });
    expect(gunzipSync(large.body as Uint8Array)).toHaveLength(1000);
  });

  it('is also for replies made for one request, and not for clients that refuse it', async () => {
    const reply = await send('GET', `/api/v1/identities/?identifier=${'a'.repeat(300)}`, {
      ...key('client1'),
      'accept-encoding': 'gzip',
    });
    expect(gunzipSync(reply.body as Uint8Array).toString()).toContain('"identifier":"aaa');
    const plain = await send('GET', '/api/v1/flags/', { ...key('client1'), 'accept-encoding': 'gzip;q=0' });
    expect(plain.headers['Content-Encoding']).toBeUndefined();
  });
});
