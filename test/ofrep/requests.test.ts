import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { e2eDocument } from '../flagsmith/api.ts';
import { clientKey, flag, flagsmithOfrepOf, proxyOfrep, serverToken, set, variant } from './harness.ts';
import { schemaFault } from './schema.ts';

const document = set(flag('a'), flag('a/b'), flag('ünï cödé'), flag('off', { enabled: false }));
const path = '/ofrep/v1/evaluate/flags';

describe('requests', () => {
  it('OF-1 other methods than POST are 405 with Allow', async () => {
    const { ask } = await proxyOfrep(document);
    for (const [method, url] of ['GET', 'PUT', 'DELETE', 'HEAD'].flatMap((m) => [
      [m, path],
      [m, `${path}/a`],
    ])) {
      const answer = await ask(url ?? '', { method: method ?? '' });
      expect(answer.status).toBe(405);
      expect(answer.headers.allow).toBe('POST, OPTIONS');
      expect(answer.json.errorCode).toBe('GENERAL');
    }
    expect((await ask(`${path}/a`, { method: 'GET' })).json.key).toBe('a');
  });

  it('OF-2 a key may hold a slash, encoded or not, and is decoded once', async () => {
    const { ask } = await proxyOfrep(document);
    expect((await ask(`${path}/a/b`)).json).toMatchObject({ key: 'a/b', value: true });
    expect((await ask(`${path}/a%2Fb`)).json).toMatchObject({ key: 'a/b', value: true });
    expect((await ask(`${path}/a%252Fb`)).json).toMatchObject({ key: 'a%2Fb', errorCode: 'FLAG_NOT_FOUND' });
    expect((await ask(`${path}/%C3%BCn%C3%AF%20c%C3%B6d%C3%A9`)).json).toMatchObject({ key: 'ünï cödé', value: true });
    const malformed = await ask(`${path}/50%`);
    expect(malformed.status).toBe(400);
    expect(malformed.json).toMatchObject({ key: '50%', errorCode: 'GENERAL' });
  });

  it('OF-3 an empty key is bulk evaluation', async () => {
    const { ask } = await proxyOfrep(document);
    expect((await ask(`${path}/`)).json.flags.map(({ key }) => key)).toEqual(['a', 'a/b', 'off', 'ünï cödé']);
  });

  it.each(['', '{}', '{"context":null}', ' ', '{"context":{}}', '{"other":1,"context":{}}'])(
    'OF-4 %j is an empty context, whatever its type',
    async (body) => {
      const { ask } = await proxyOfrep(document);
      for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/json; charset=latin1']) {
        expect((await ask(`${path}/a`, { body, headers: { 'content-type': type } })).json).toMatchObject({
          value: true,
        });
      }
    },
  );

  it.each(['{', 'null', '[]', '"text"', '{"context":[]}', '{"context":1}', 'a=b', '\u0000'])(
    'OF-4 %j is INVALID_CONTEXT',
    async (body) => {
      const { ask } = await proxyOfrep(document);
      const answer = await ask(`${path}/a`, { body });
      expect(answer.status).toBe(400);
      expect(answer.json).toMatchObject({ key: 'a', errorCode: 'INVALID_CONTEXT' });
      expect((await ask(path, { body: Uint8Array.of(0x7b, 0xff, 0x7d) })).json.errorCode).toBe('INVALID_CONTEXT');
    },
  );

  it('OF-5 a large body is 413, a deep one 400, and special names are data', async () => {
    const { ask, bulk } = await proxyOfrep(
      set(
        flag('proto', {
          strategies: [
            { name: 'default', constraints: [{ contextName: '__proto__', operator: 'IN', values: ['polluted'] }] },
          ],
        }),
      ),
      { environment: { HALYARD_OFREP_BODY_LIMIT: '2000' } },
    );
    const large = await ask(path, { body: { context: { filler: 'x'.repeat(2_000) } } });
    expect(large.status).toBe(413);
    expect(large.json).toMatchObject({ errorCode: 'GENERAL', metadata: {} });
    const nested = (depth: number) => `{"context":${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}}`;
    expect((await ask(path, { body: nested(31) })).status).toBe(200);
    expect((await ask(path, { body: nested(32) })).json.errorCode).toBe('INVALID_CONTEXT');
    expect((await ask(path, { body: '['.repeat(1_900) })).json.errorCode).toBe('INVALID_CONTEXT');
    const special = '{"context":{"__proto__":"polluted","constructor":"x","prototype":{"y":1}}}';
    expect((await ask(path, { body: special })).json.flags).toMatchObject([{ key: 'proto', value: true }]);
    expect((await bulk()).json.flags).toMatchObject([{ key: 'proto', value: false }]);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it('OF-5 an id longer than anybody has is INVALID_CONTEXT, before it is hashed for every flag', async () => {
    const { bulk } = await proxyOfrep(document);
    for (const name of ['targetingKey', 'userId', 'sessionId']) {
      expect((await bulk({ [name]: 'x'.repeat(10_001) })).json.errorCode).toBe('INVALID_CONTEXT');
      expect((await bulk({ [name]: 'x'.repeat(10_000) })).status).toBe(200);
    }
  });

  it('OF-6 every answer but 304 is a JSON object', async () => {
    const { ask, ofrep } = await proxyOfrep(document);
    const answers = [
      await ask(path),
      await ask(path, { method: 'GET' }),
      await ask(path, { key: null }),
      await ask(path, { key: 'wrong' }),
      await ask(path, { body: '{' }),
      await ask('/ofrep/v1/nowhere'),
      await ask('/ofrep/v1/events', { method: 'GET' }),
      await ask(path, { body: { context: { x: 'y'.repeat(2_000_000) } } }),
    ];
    ofrep.close();
    answers.push(await ask(path));
    expect(answers.map(({ status }) => status)).toEqual([200, 405, 401, 401, 400, 404, 401, 413, 503]);
    for (const { headers, json } of answers) {
      expect(headers['content-type']).toMatch(/^application\/json/);
      expect(typeof json).toBe('object');
    }
  });

  it('OF-7 single answers are not stored, bulk ones only with a question; all vary alike', async () => {
    const { single, bulk, ask } = await proxyOfrep(document);
    expect((await single('a')).headers['cache-control']).toBe('no-store');
    const whole = await bulk();
    expect(whole.headers['cache-control']).toBe('private, no-cache');
    const unchanged = await bulk({}, { headers: { 'if-none-match': whole.headers.etag ?? '' } });
    for (const { headers } of [await single('nope'), whole, unchanged, await ask(path, { key: null })]) {
      expect(headers.vary).toBe('Authorization, X-API-Key, Origin, Accept-Encoding');
    }
  });

  it('OF-8 compressed on request, with the same entity tag', async () => {
    const many = set(...Array.from({ length: 60 }, (_, i) => flag(`flag-${i}`)));
    const { bulk } = await proxyOfrep(many);
    const plain = await bulk();
    const zipped = await bulk({}, { headers: { 'accept-encoding': 'gzip' } });
    expect(zipped.headers['content-encoding']).toBe('gzip');
    expect(zipped.headers.etag).toBe(plain.headers.etag);
    expect(gunzipSync(zipped.reply.body as Uint8Array).toString()).toBe(plain.text);
    const again = await bulk({}, { headers: { 'accept-encoding': 'br', 'if-none-match': plain.headers.etag ?? '' } });
    expect(again.status).toBe(304);
  });

  it('OF-9 browsers may ask, and read the entity tag and Retry-After', async () => {
    const { ask, bulk } = await proxyOfrep(document, { environment: { HALYARD_OFREP_HEADERS: 'X-Dyn' } });
    const preflight = await ask(path, {
      method: 'OPTIONS',
      headers: { origin: 'https://shop.example', 'access-control-request-method': 'POST' },
    });
    expect(preflight.status).toBe(204);
    const allowed = preflight.headers['access-control-allow-headers'];
    for (const name of ['Content-Type', 'Authorization', 'X-API-Key', 'If-None-Match', 'X-Dyn']) {
      expect(allowed).toContain(name);
    }
    expect(preflight.headers['access-control-allow-methods']).toMatch(/POST.*GET/);
    expect(Number(preflight.headers['access-control-max-age'])).toBeGreaterThan(3_600);
    const answer = await bulk({}, { headers: { origin: 'https://shop.example' } });
    expect(answer.headers['access-control-allow-origin']).toBe('*');
    expect(answer.headers['access-control-expose-headers']).toBe('ETag, Retry-After');
  });

  it('OF-9 origins are those of the mode, unless others are given', async () => {
    const of = async (environment: Record<string, string>, origin: string) => {
      const { bulk } = await proxyOfrep(document, { environment });
      return (await bulk({}, { headers: { origin } })).headers['access-control-allow-origin'];
    };
    expect(await of({ CORS_ORIGIN: 'https://a.example' }, 'https://b.example')).toBe('https://a.example');
    const own = { CORS_ORIGIN: 'https://a.example', HALYARD_OFREP_ORIGINS: 'https://b.example,https://c.example' };
    expect(await of(own, 'https://b.example')).toBe('https://b.example');
    expect(await of(own, 'https://a.example')).toBeUndefined();
  });
});

describe('credentials', () => {
  it('OF-10 four headers carry credentials, and the first that is there counts', async () => {
    const { ask } = await proxyOfrep(document);
    const status = async (headers: Record<string, string>) => (await ask(path, { key: null, headers })).status;
    expect(await status({ authorization: `Bearer ${clientKey}` })).toBe(200);
    expect(await status({ authorization: `bEaReR  ${clientKey}` })).toBe(200);
    expect(await status({ authorization: clientKey })).toBe(200);
    expect(await status({ 'x-api-key': clientKey })).toBe(200);
    expect(await status({ 'x-environment-key': clientKey })).toBe(200);
    expect(await status({ authorization: 'Bearer wrong', 'x-api-key': clientKey })).toBe(401);
    expect(await status({ 'x-api-key': clientKey, 'x-environment-key': 'wrong' })).toBe(200);
  });

  it('OF-11 nobody is 401, a key before the flags are there 503', async () => {
    const { bulk, load } = await proxyOfrep(document, { isLoaded: false });
    expect((await bulk({}, { key: null })).status).toBe(401);
    expect((await bulk({}, { key: 'wrong' })).status).toBe(401);
    expect((await bulk()).status).toBe(503);
    await load(document);
    expect((await bulk()).status).toBe(200);
    expect((await bulk({}, { key: serverToken })).status).toBe(200);
  });

  it('OF-12 a credential appears neither in answers nor in the log', async () => {
    const { bulk, single, lines } = await proxyOfrep(document, { environment: { LOG_LEVEL: 'debug' } });
    const texts = [await bulk(), await bulk({}, { key: 'a-wrong-secret' }), await single('nope')].map(
      ({ text, headers }) => text + JSON.stringify(headers),
    );
    for (const text of [...texts, ...lines]) {
      expect(text).not.toContain(clientKey);
      expect(text).not.toContain('a-wrong-secret');
      expect(text).not.toContain(Buffer.from(clientKey).toString('base64url'));
    }
  });

  it('OF-13 stream URLs hold no credential, also not encoded', async () => {
    const { bulk } = await proxyOfrep(document);
    const { url = '' } = (await bulk()).json.eventStreams?.[0] ?? {};
    const decoded = Buffer.from(new URL(url).searchParams.get('t')?.split('.')[0] ?? '', 'base64url').toString();
    expect(decoded).toMatch(/^\["/);
    expect(url + decoded).not.toContain(clientKey);
  });
});

describe('single evaluation', () => {
  it('OF-14 echoes the key and always has reason and metadata', async () => {
    const { single } = await proxyOfrep(document);
    for (const key of ['a', 'off', 'a:boolean']) {
      const { json, status } = await single(key);
      expect(status).toBe(200);
      expect(json.key).toBe(key);
      expect(json.reason).toMatch(/^[A-Z_]+$/);
      expect(json.metadata).toBeTypeOf('object');
    }
  });

  it('OF-15 the variant is that of the flag, or on, or off', async () => {
    const { single } = await proxyOfrep(
      set(flag('a'), flag('off', { enabled: false }), flag('v', { variants: [variant('disabled', 'string', 'x')] })),
    );
    expect((await single('a')).json.variant).toBe('on');
    expect((await single('off')).json.variant).toBe('off');
    expect((await single('v')).json).toMatchObject({ variant: 'disabled', value: 'x' });
  });

  it('OF-16 no value means no member, never null', async () => {
    const { single, bulk } = await proxyOfrep(
      set(
        flag('null', { variants: [variant('v', 'json', 'null')] }),
        flag('off', { enabled: false, variants: [variant('v', 'string', 'x')] }),
      ),
    );
    expect('value' in (await single('null')).json).toBe(false);
    expect('value' in (await single('off')).json).toBe(false);
    expect((await bulk()).text).not.toContain('null,');
    const flagsmith = flagsmithOfrepOf(e2eDocument());
    const { text } = await flagsmith.bulk();
    expect(text).not.toContain('"value":null');
  });

  it('OF-17 a failed evaluation is no 200', async () => {
    const { single } = await proxyOfrep(
      set(
        flag('json', { variants: [variant('v', 'json', '{broken')] }),
        flag('number', { variants: [variant('v', 'number', '')] }),
      ),
    );
    for (const key of ['json', 'number', 'nope']) {
      const answer = await single(key);
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(schemaFault('failure', answer.json)).toBeUndefined();
    }
    expect((await single('json')).json.errorCode).toBe('PARSE_ERROR');
  });
});

describe('bulk evaluation', () => {
  it('OF-18 a flag that cannot be read is an entry that says so', async () => {
    const { bulk } = await proxyOfrep(set(flag('a'), flag('b', { variants: [variant('v', 'json', '{')] }), flag('c')));
    const { status, json } = await bulk();
    expect(status).toBe(200);
    expect(json.flags).toMatchObject([
      { key: 'a', value: true },
      { key: 'b', errorCode: 'PARSE_ERROR', metadata: {} },
      { key: 'c' },
    ]);
    expect(schemaFault('bulkSuccess', json)).toBeUndefined();
  });

  it('OF-19 flags come sorted, and none of them is an empty list', async () => {
    const { bulk } = await proxyOfrep(set(flag('b'), flag('B'), flag('a-2'), flag('a.1'), flag('a')));
    expect((await bulk()).json.flags.map(({ key }) => key)).toEqual(['B', 'a', 'a-2', 'a.1', 'b']);
    const empty = await (await proxyOfrep(set())).bulk();
    expect(empty.status).toBe(200);
    expect(empty.json.flags).toEqual([]);
    expect(empty.headers.etag).toMatch(/^"[\w-]+"$/);
  });

  it('OF-20 a request that fails as a whole is 400 without a key', async () => {
    const { ask } = await proxyOfrep(document);
    const answer = await ask(path, { body: '{' });
    expect(answer.status).toBe(400);
    expect(schemaFault('bulkFailure', answer.json)).toBeUndefined();
    expect('key' in answer.json).toBe(false);
  });

  it('OF-21 flags that are off are listed, unless configured otherwise', async () => {
    const keys = async (environment: Record<string, string>) =>
      (await (await proxyOfrep(document, { environment })).bulk()).json.flags.map(({ key }) => key);
    expect(await keys({})).toContain('off');
    expect(await keys({ HALYARD_OFREP_HIDE_INACTIVE: 'true' })).toEqual(['a', 'a/b', 'ünï cödé']);
  });

  it('OF-21 what Flagsmith hides from client keys stays hidden', async () => {
    const plain = flagsmithOfrepOf(e2eDocument());
    const hidden = flagsmithOfrepOf(e2eDocument({}, { hide_disabled_flags: true }));
    const all = (await plain.bulk()).json.flags;
    const off = all.filter(({ reason }) => reason === 'DISABLED').map(({ key }) => key);
    expect(off.length).toBeGreaterThan(0);
    const shown = (await hidden.bulk()).json.flags.map(({ key }) => key);
    expect(shown).toEqual(all.map(({ key }) => key).filter((key) => !off.includes(key)));
    expect((await hidden.single(off[0] ?? '')).json.errorCode).toBe('FLAG_NOT_FOUND');
    expect((await hidden.bulk({}, { key: 'ser.client' })).json.flags.map(({ key }) => key)).toEqual(
      expect.arrayContaining(off),
    );
  });
});
