import { describe, expect, it } from 'vitest';
import { clientKey, flag, proxyOfrep, reader, set } from './harness.ts';

const document = set(flag('a'));
const changed = set(flag('a', { enabled: false }));
const retry = /^retry: [3-5]\d{3}\n\n/;

type Ofrep = Awaited<ReturnType<typeof proxyOfrep>>;

/** Opens the stream that a bulk answer advertises. */
async function open({ ask, bulk }: Ofrep, headers: Record<string, string> = {}, takes?: () => boolean) {
  const url = new URL((await bulk()).json.eventStreams?.[0]?.url ?? '');
  const answer = await ask(url.pathname + url.search, { method: 'GET', key: null, headers });
  expect(answer.status).toBe(200);
  return { ...answer, url, ...{ client: reader(answer.reply, takes) } };
}

describe('event streams', () => {
  it('OF-27 are advertised at the address that the client asked', async () => {
    const { bulk } = await proxyOfrep(document);
    const { eventStreams = [] } = (await bulk()).json;
    expect(eventStreams).toHaveLength(1);
    expect(eventStreams[0]).toMatchObject({ type: 'sse', inactivityDelaySec: 120 });
    expect(eventStreams[0]?.url).toMatch(
      /^http:\/\/flags\.example:8080\/ofrep\/v1\/events\?t=[\w-]+\.[\w-]+&since=\w+$/,
    );
    const unusable = await bulk({}, { headers: { host: 'evil.example/"><script>' } });
    expect(unusable.json.eventStreams).toBeUndefined();
  });

  it('OF-27 forwarded addresses count from trusted proxies only, and a configured one always', async () => {
    const headers = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'edge.example' };
    const urlOf = async (environment: Record<string, string>) => {
      const { bulk } = await proxyOfrep(document, { environment });
      return (await bulk({}, { headers })).json.eventStreams?.[0]?.url ?? '';
    };
    expect(await urlOf({})).toMatch(/^http:\/\/flags\.example:8080\//);
    expect(await urlOf({ TRUST_PROXY: 'loopback' })).toMatch(/^https:\/\/edge\.example\/ofrep\//);
    const configured = { HALYARD_OFREP_PUBLIC_URL: 'https://cdn.example/flags/' };
    expect(await urlOf(configured)).toMatch(/^https:\/\/cdn\.example\/flags\/ofrep\//);
  });

  it('OF-28 can be switched off for one credential or all: the member is then absent', async () => {
    const one = await proxyOfrep(document, { environment: { HALYARD_OFREP_STREAMS_EXCEPT: 'another-client-key' } });
    expect((await one.bulk()).json.eventStreams).toHaveLength(1);
    expect('eventStreams' in (await one.bulk({}, { key: 'another-client-key' })).json).toBe(false);
    const none = await proxyOfrep(document, { environment: { HALYARD_OFREP_STREAMS: 'false' } });
    expect('eventStreams' in (await none.bulk()).json).toBe(false);
    expect((await none.ask('/ofrep/v1/events?t=x', { method: 'GET' })).status).toBe(404);
  });

  it('OF-29 tokens open streams and nothing else, and cannot be made up', async () => {
    const ofrep = await proxyOfrep(document);
    const { url } = await open(ofrep);
    const token = url.searchParams.get('t') ?? '';
    expect((await ofrep.bulk({}, { key: token })).status).toBe(401);
    const [payload, signature] = token.split('.');
    const forged = Buffer.from(JSON.stringify(['proxy', 'x', 41_000])).toString('base64url');
    for (const text of [
      '',
      'x',
      `${forged}.${signature}`,
      `${payload}.`,
      `${payload}.${signature}x`,
      `${token}.x`,
      'x'.repeat(5_000),
    ]) {
      const answer = await ofrep.ask(`/ofrep/v1/events?t=${text}`, { method: 'GET' });
      expect(answer.status, text).toBe(401);
      expect(answer.json.errorCode).toBe('GENERAL');
    }
  });

  it('OF-29 replicas with the same configuration, or the same secret, take each other’s tokens', async () => {
    const [first, second] = [await proxyOfrep(document), await proxyOfrep(document)];
    const { url } = await open(first);
    expect((await second.ask(url.pathname + url.search, { method: 'GET' })).status).toBe(200);
    const other = await proxyOfrep(document, { environment: { HALYARD_OFREP_STREAM_SECRET: 'of-its-own' } });
    expect((await other.ask(url.pathname + url.search, { method: 'GET' })).status).toBe(401);
    expect((await other.bulk()).headers.etag).not.toBe((await first.bulk()).headers.etag);
  });

  it('OF-30 tokens expire after two epochs, and the entity tag changes with each', async () => {
    const ofrep = await proxyOfrep(document);
    const { url } = await open(ofrep);
    const { etag = '' } = (await ofrep.bulk()).headers;
    const stream = () => ofrep.ask(url.pathname + url.search, { method: 'GET' });
    await ofrep.timers.advance(12 * 3_600_000);
    expect((await stream()).status).toBe(200);
    const fresh = await ofrep.bulk({}, { headers: { 'if-none-match': etag } });
    expect(fresh.status).toBe(200);
    expect(fresh.json.eventStreams?.[0]?.url).not.toBe(url.href);
    await ofrep.timers.advance(12 * 3_600_000);
    expect((await stream()).status).toBe(401);
  });

  it('OF-31 have the form that clients read, and show signs of life', async () => {
    const ofrep = await proxyOfrep(document);
    const { headers, client } = await open(ofrep);
    expect(headers).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
    });
    expect(client.news()).toMatch(retry);
    await ofrep.load(changed);
    await ofrep.timers.advance(300);
    const event = /^id: (\w+)\nevent: message\ndata: (\{.*\})\n\n$/.exec(client.news());
    const version = (await ofrep.bulk()).json.metadata.version;
    expect(event?.[1]).toBe(version);
    expect(JSON.parse(event?.[2] ?? '')).toEqual({
      type: 'refetchEvaluation',
      etag: `"${version}"`,
      lastModified: Date.parse('2026-06-01T00:00:00Z') / 1_000,
    });
    await ofrep.timers.advance(41_000);
    expect(client.news()).toBe(': keep-alive\n\n'.repeat(2));
  });

  it('OF-32 a client that missed a change hears of it at once, others hear nothing', async () => {
    const ofrep = await proxyOfrep(document);
    const { url, client } = await open(ofrep);
    expect(client.news()).not.toContain('refetchEvaluation');
    client.leave();
    await ofrep.load(changed);
    const version = String((await ofrep.bulk()).json.metadata.version);
    const again = async (headers: Record<string, string>, search = url.search) =>
      reader((await ofrep.ask(url.pathname + search, { method: 'GET', headers })).reply).text;
    expect(await again({})).toContain(`id: ${version}\n`);
    expect(await again({ 'last-event-id': 'something-else' })).toContain('refetchEvaluation');
    expect(await again({ 'last-event-id': version })).not.toContain('refetchEvaluation');
    expect(await again({}, url.search.replace(/&since=.*/, ''))).toContain('refetchEvaluation');
  });

  it('OF-34 several changes in a moment are one event', async () => {
    const ofrep = await proxyOfrep(document);
    const { client } = await open(ofrep);
    client.news();
    const events = () => client.news().split('refetchEvaluation').length - 1;
    for (let i = 0; i < 5; i++) await ofrep.load(set(flag('a', { description: `${i}` })));
    await ofrep.timers.advance(300);
    expect(events()).toBe(1);
    await ofrep.load(document);
    await ofrep.load(changed);
    await ofrep.timers.advance(10);
    expect(events()).toBe(1);
    await ofrep.load(set(flag('a', { description: 'last' })));
    await ofrep.timers.advance(200);
    expect(events()).toBe(0);
    await ofrep.timers.advance(60);
    expect(events()).toBe(1);
  });

  it('OF-34 a change is told over a time that grows with the number of clients', async () => {
    const ofrep = await proxyOfrep(document, { environment: { HALYARD_OFREP_STREAMS_PER_ADDRESS: '5000' } });
    const url = new URL((await ofrep.bulk()).json.eventStreams?.[0]?.url ?? '');
    const clients: ReturnType<typeof reader>[] = [];
    for (let i = 0; i < 2_000; i++) {
      clients.push(reader((await ofrep.ask(url.pathname + url.search, { method: 'GET' })).reply));
    }
    for (const client of clients) client.news();
    await ofrep.load(changed);
    const told = () => clients.filter(({ text }) => text.includes('refetchEvaluation')).length;
    await ofrep.timers.advance(100);
    const early = told();
    await ofrep.timers.advance(400);
    const half = told();
    await ofrep.timers.advance(600);
    expect(early).toBeLessThan(400);
    expect(half).toBeGreaterThan(600);
    expect(half).toBeLessThan(1_400);
    expect(told()).toBe(2_000);
  });

  it('OF-35 who does not read is cut off, not buffered for', async () => {
    const ofrep = await proxyOfrep(document);
    const { client } = await open(ofrep, {}, () => false);
    expect(client.state).toBe('open');
    const before = client.text.length;
    await ofrep.load(changed);
    await ofrep.timers.advance(300);
    expect(client.state).toBe('aborted');
    expect(client.text.length).toBe(before);
    expect(ofrep.ofrep.streams).toBe(0);
  });

  it('OF-35 old streams are ended, and a stop ends all', async () => {
    const ofrep = await proxyOfrep(document, { environment: { HALYARD_OFREP_STREAM_AGE: '600' } });
    const { client: old } = await open(ofrep);
    await ofrep.timers.advance(500_000);
    expect(old.state).toBe('open');
    await ofrep.timers.advance(190_000);
    expect(old.state).toBe('ended');
    const { client, url } = await open(ofrep);
    ofrep.ofrep.close();
    expect(client.state).toBe('ended');
    expect(client.text).toContain(': closing\n\n');
    expect((await ofrep.ask(url.pathname + url.search, { method: 'GET' })).status).toBe(503);
  });

  it.each([
    ['HALYARD_OFREP_STREAMS_PER_CREDENTIAL', '2'],
    ['HALYARD_OFREP_STREAMS_PER_ADDRESS', '2'],
    ['HALYARD_OFREP_STREAM_LIMIT', '2'],
  ])('OF-36 %s bounds them', async (name, value) => {
    const ofrep = await proxyOfrep(document, { environment: { [name]: value } });
    const first = await open(ofrep);
    await open(ofrep);
    const full = await ofrep.ask(first.url.pathname + first.url.search, { method: 'GET' });
    expect(full.status).toBe(429);
    expect(full.headers['retry-after']).toMatch(/^[1-9]\d*$/);
    expect(full.json.errorCode).toBe('GENERAL');
    first.client.leave();
    expect((await open(ofrep)).client.state).toBe('open');
  });

  it('OF-37 a hint of newer flags waits for upstream, but not for long and not too often', async () => {
    const ofrep = await proxyOfrep(document);
    let asked = 0;
    let answer = () => {};
    ofrep.core.source.upstream = {
      lastHeardMs: () => ofrep.timers.now(),
      refresh: () => {
        asked++;
        return new Promise((resolve) => {
          answer = resolve;
        });
      },
    };
    const newer = `?flagConfigEtag=%22other%22&flagConfigLastModified=${ofrep.timers.now() / 1_000 + 5}`;
    const waiting = ofrep.bulk({}, { query: newer });
    const second = ofrep.bulk({}, { query: newer.replace(/\d+$/, '2026-06-01T00%3A00%3A05Z') });
    await ofrep.timers.advance(100);
    await ofrep.load(changed);
    answer();
    expect((await waiting).json.flags).toMatchObject([{ key: 'a', value: false }]);
    expect((await second).status).toBe(200);
    expect(asked).toBe(1);
    const slow = ofrep.bulk({}, { query: newer });
    await ofrep.timers.advance(3_000);
    expect((await slow).status).toBe(200);
  });

  it('OF-37 old, unknown and unbelievable hints change nothing', async () => {
    const ofrep = await proxyOfrep(document);
    let asked = 0;
    ofrep.core.source.upstream = {
      lastHeardMs: () => ofrep.timers.now(),
      refresh: async () => {
        asked++;
      },
    };
    const version = (await ofrep.bulk()).json.metadata.version;
    const seconds = ofrep.timers.now() / 1_000;
    const queries = [
      `?flagConfigLastModified=${seconds - 100}`,
      `?flagConfigLastModified=${seconds + 10_000}`,
      '?flagConfigLastModified=yesterday',
      '?flagConfigLastModified=%',
      '?flagConfigEtag=%22x%22',
      `?flagConfigLastModified=${seconds + 5}&flagConfigEtag=%22${version}%22`,
    ];
    for (const query of queries) expect((await ofrep.bulk({}, { query })).status, query).toBe(200);
    expect(asked).toBe(0);
  });
});

it('OF-13 OF-29 the credential behind a token is told by nothing in it', async () => {
  const { bulk } = await proxyOfrep(document);
  const { url = '' } = (await bulk()).json.eventStreams?.[0] ?? {};
  expect(url).not.toContain(clientKey);
  expect(decodeURIComponent(url)).not.toContain('production.upstream-token');
});
