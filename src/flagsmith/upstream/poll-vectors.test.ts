/** Every row of the poll vectors: what upstream answers, what Edge Proxy 2.23.0 does, and what this does instead. */
import { describe, expect, it } from 'vitest';
import { e2eDocument } from '../../../test/flagsmith/api.ts';
import { request, textOf } from '../../../test/flagsmith/requests.ts';
import { TestTimers, testLog } from '../../../test/flagsmith/timers.ts';
import { type Script, ScriptedUpstream } from '../../../test/flagsmith/upstream.ts';
import { list, vectors } from '../../../test/flagsmith/vectors.ts';
import { followingRedirects } from '../../http/upstream/redirects.ts';
import { UpstreamError } from '../../http/upstream/types.ts';
import { readConfig } from '../config/read-config.ts';
import { createFlagsmithService } from '../service.ts';

const good = e2eDocument();
const newer = e2eDocument({ updated_at: '2024-05-06T08:00:00+00:00', name: 'Changed' });
const answer = (body: string, headers: Record<string, string> = {}): Script => ({ status: 200, body, headers });
const failures: readonly Script[] = [
  { status: 500 },
  { status: 403 },
  { status: 401 },
  new UpstreamError('timeout', 'timeout'),
  new UpstreamError('network', 'connection refused'),
];

function setUp() {
  const pairs = '[{"server_side_key":"ser.one","client_side_key":"client1"}]';
  const result = readConfig(null, { API_URL: 'http://api/api/v1', ENVIRONMENT_KEY_PAIRS: pairs });
  if (!result.ok) throw new Error(result.problems.join());
  const timers = new TestTimers(Date.parse('2024-06-01T00:00:00Z'));
  const upstream = new ScriptedUpstream(() => ({ status: 500 }));
  const log = testLog();
  const service = createFlagsmithService({
    ...{ config: result.config, send: followingRedirects(upstream.send), timers, log },
    ...{ randomId: () => 'id', openEventStream: null, kept: null },
  });
  const get = async (path: string, key = 'client1') => {
    const reply = await service.handler(request('GET', path, { 'x-environment-key': key }, ''));
    return { status: reply.status, text: textOf(reply) };
  };
  const unknown = { status: 401, text: `{"status":"unauthorized","message":"unknown key 'client1'"}` };
  return {
    ...{ timers, upstream, log, service, get },
    document: async () => (await get('/api/v1/environment-document', 'ser.one')).text,
    async expectUnknown() {
      expect(await get('/api/v1/flags/')).toEqual(unknown);
    },
    async expectReadiness(status: number, reason: string | null) {
      const reply = await get('/proxy/health/readiness');
      expect([reply.status, JSON.parse(reply.text).reason]).toEqual([status, reason]);
    },
  };
}

const notUpdated = 'environment document(s) not updated.';
const stale = 'environment document(s) stale.';

/** At the start: nothing is served, readiness says so, and a good document is served as soon as upstream has one. */
async function startsWithout(script: Script): Promise<void> {
  const { upstream, service, timers, document, expectUnknown, expectReadiness } = setUp();
  upstream.answer = () => script;
  await service.start();
  await expectUnknown();
  await expectReadiness(503, notUpdated);
  upstream.answer = () => answer(good);
  await timers.advance(30_000);
  expect(await document()).toBe(good);
  await expectReadiness(200, null);
  await service.stop();
}

/** After a good document: it is still served, readiness fails after the grace, and everything recovers. */
async function keepsServing(script: Script): Promise<void> {
  const { upstream, service, timers, document, expectReadiness } = setUp();
  upstream.answer = () => answer(good);
  await service.start();
  upstream.answer = () => script;
  await timers.advance(40_000);
  await expectReadiness(200, null);
  await timers.advance(1);
  expect(await document()).toBe(good);
  await expectReadiness(503, stale);
  upstream.answer = () => answer(newer);
  await timers.advance(30_000);
  expect(await document()).toBe(newer);
  await expectReadiness(200, null);
  await service.stop();
}

async function forEach(scripts: readonly Script[], act: (script: Script) => Promise<void>): Promise<void> {
  for (const script of scripts) await act(script);
}

/** By the first two cells of the row. */
const shown: Readonly<Record<string, () => Promise<void>>> = {
  'first: status 500 / 403 / 401 / timeout / connection refused': () => forEach(failures, startsWithout),

  'first: 200 with invalid or empty JSON': () => forEach([answer('<html>'), answer('')], startsWithout),

  // the original ends with 3
  'first: 304': () => startsWithout({ status: 304 }),
  'first: 200 []': () => startsWithout(answer('[]')),
  'first: 200 {"feature_states":[{}]}': () => startsWithout(answer('{"feature_states":[{}]}')),

  // the original counts these as success
  'first: 200 {} or null': () => forEach([answer('{}'), answer('null')], startsWithout),
  'first: 200 {"key1":"v"}': () => startsWithout(answer('{"key1":"v"}')),

  'later: status 5xx / timeout / invalid JSON': () =>
    forEach([{ status: 500 }, { status: 503 }, new UpstreamError('timeout', 'timeout'), answer('{')], keepsServing),

  // the original's polling ends for good
  'later: 200 [] or document whose feature_states break': () =>
    forEach(
      [answer('[]'), answer('{"feature_states":[{}]}'), answer(e2eDocument({ feature_states: 7 }))],
      keepsServing,
    ),

  async 'later: document whose updated_at is a number'() {
    const { upstream, service, timers, document, expectReadiness } = setUp();
    upstream.answer = () => answer(good);
    await service.start();
    const odd = e2eDocument({ updated_at: 7 });
    upstream.answer = () => answer(odd);
    await timers.advance(20_000);
    expect(await document()).toBe(odd);
    expect(upstream.headers).not.toHaveProperty('If-Modified-Since');
    upstream.answer = () => answer(newer);
    await timers.advance(10_000);
    expect(await document()).toBe(newer);
    await expectReadiness(200, null);
    await service.stop();
  },

  async 'later: 304'() {
    const { upstream, service, timers, document, expectReadiness } = setUp();
    upstream.answer = () => answer(good);
    await service.start();
    upstream.answer = () => ({ status: 304 });
    await timers.advance(100_000);
    expect(upstream.headers['If-Modified-Since']).toBe('Mon, 06 May 2024 07:08:09 GMT');
    expect(await document()).toBe(good);
    await expectReadiness(200, null);
    await service.stop();
  },

  // the original sends the key to other servers, too
  async 'any: 307 to another URL'() {
    const { upstream, service, document } = setUp();
    const moved = (location: string): Script => ({ status: 307, headers: { location } });
    upstream.answer = ({ url }) => (url.endsWith('/moved/') ? answer(good) : moved('/moved/'));
    await service.start();
    expect(await document()).toBe(good);
    expect(upstream.requests.map(({ url, headers }) => [url, headers['X-Environment-Key']])).toEqual([
      ['http://api/api/v1/environment-document/', 'ser.one'],
      ['http://api/moved/', 'ser.one'],
    ]);
    await service.stop();

    const other = setUp();
    other.upstream.answer = ({ url }) => (url.startsWith('http://other/') ? answer(good) : moved('http://other/'));
    await other.service.start();
    expect(await other.document()).toBe(good);
    expect(other.upstream.requests.map(({ headers }) => headers['X-Environment-Key'])).toEqual(['ser.one', undefined]);
    await other.service.stop();
  },

  // the original ignores pages; entity tags are ignored here, too
  async 'any: Link rel=next, ETag headers'() {
    const { upstream, service, get, timers } = setUp();
    const first = JSON.parse(good);
    const pages = first.identity_overrides.map((override: unknown) =>
      JSON.stringify({ ...first, identity_overrides: [override] }),
    );
    expect(pages.length).toBeGreaterThan(1);
    upstream.answer = ({ url }) => {
      const page = Number(new URL(url).searchParams.get('page_id') ?? 0);
      const link = `</api/v1/environment-document/?page_id=${page + 1}>; rel="next"`;
      return answer(pages[page], { etag: '"1"', ...(page + 1 < pages.length ? { link } : {}) });
    };
    await service.start();
    const document = JSON.parse((await get('/api/v1/environment-document', 'ser.one')).text);
    expect(document.identity_overrides).toEqual(first.identity_overrides);
    await timers.advance(10_000);
    expect(upstream.requests.every(({ headers }) => !('If-None-Match' in headers))).toBe(true);
    await service.stop();
  },
};

const rows = vectors.cases('poll').map((row) => {
  const [when, what] = list(row) as string[];
  return `${when}: ${what}`;
});

describe('poll vectors', () => {
  it('are all here, and no others', () => {
    expect(Object.keys(shown)).toEqual(rows);
  });

  it.each(rows)('%s', async (row) => {
    await shown[row]!();
  });
});
