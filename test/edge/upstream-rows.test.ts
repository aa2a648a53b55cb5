/** Section 14.3, row by row: what each answer to a fetch changes, and what it leaves alone. */
import { describe, expect, test } from 'vitest';
import { UpstreamError, type UpstreamResponse } from '../../src/http/upstream/types.ts';
import { eventually } from '../support/wait.ts';
import { edgeInMemory, flag, scriptedUpstream } from './harness.ts';

const client = '*:development.client';
type Reaction = number | 'network' | 'timeout' | 'reset' | 'cut-off' | { readonly status: 200; readonly body: string };

async function setUp() {
  const upstream = scriptedUpstream();
  upstream.tokens.set(client, { type: 'client', environment: 'development', projects: ['*'] });
  const script = { next: undefined as Reaction | undefined, tag: '"first"', seen: [] as (string | undefined)[] };
  let document: object = { version: 2, features: [flag('held')] };
  const send: typeof upstream.send = async (request): Promise<UpstreamResponse> => {
    if (!request.url.endsWith('/client/features')) return upstream.send(request);
    script.seen.push(request.headers['If-None-Match']);
    const { next } = script;
    if (typeof next === 'string') throw new UpstreamError(next, `no answer: ${next}`);
    const status = typeof next === 'number' ? next : 200;
    const body = typeof next === 'object' ? next.body : JSON.stringify(document);
    return {
      status,
      body: Buffer.from(status === 200 ? body : ''),
      header: (name) => (name === 'etag' ? script.tag : undefined),
    };
  };
  const edge = await edgeInMemory(['--strict', '--tokens', client], { ...upstream, send });
  await edge.start();
  const refresh = () => edge.service.refresh.refreshes[0];
  const names = async () => {
    const reply = await edge.call('/api/client/features', { token: client });
    return reply.status === 200
      ? (reply.json() as { features: { name: string }[] }).features.map(({ name }) => name)
      : reply.status;
  };
  return { ...edge, script, refresh, names, deliver: (next: object) => (document = next) };
}

describe('answers to a fetch (14.3)', () => {
  test('200: the tag is kept and sent, the document put in use, failures go down', async () => {
    const { script, timers, refresh, names, deliver } = await setUp();
    expect(refresh()).toMatchObject({ etag: '"first"', failureCount: 0, lastFeatureCount: 1 });
    script.next = 503;
    await timers.advance(15_000);
    expect(refresh()?.failureCount).toBe(1);
    script.next = undefined;
    script.tag = '"second"';
    deliver({ version: 2, features: [flag('new'), flag('other')] });
    await timers.advance(30_000);
    await eventually('the new document', async () => String(await names()) === 'new,other');
    const at = timers.now();
    expect(refresh()).toMatchObject({
      etag: '"second"',
      failureCount: 0,
      lastFeatureCount: 2,
      lastRefreshedMs: at,
      lastCheckMs: at,
    });
    expect(refresh()?.nextRefreshMs).toBe(at + 15_000);
    expect(await names()).toEqual(['new', 'other']);
    expect(script.seen).toEqual([undefined, '"first"', '"first"']);
  });

  test('304: it was checked, and is not newer; failures go down', async () => {
    const { script, timers, refresh, names } = await setUp();
    const refreshedMs = refresh()?.lastRefreshedMs;
    script.next = 500;
    await timers.advance(15_000);
    script.next = 304;
    await timers.advance(30_000);
    expect(refresh()).toMatchObject({ failureCount: 0, lastRefreshedMs: refreshedMs, lastCheckMs: timers.now() });
    expect(await names()).toEqual(['held']);
  });

  test.each([401, 403])('%i: the token is not used any more, and its environment is forgotten', async (status) => {
    const { script, timers, refresh, names, call, upstream } = await setUp();
    upstream.tokens.delete(client);
    script.next = status;
    await timers.advance(15_000);
    expect(refresh()).toBeUndefined();
    expect(await names()).toBe(403);
    expect((await call('/internal-backstage/features')).json()).toEqual({});
  });

  test.each([429, 500, 502, 503, 504, 404, 'network', 'timeout', 'reset', 'cut-off'] as const)(
    '%s: the wait grows up to eleven intervals, and what is held stays',
    async (reaction) => {
      const { script, timers, refresh, names, call } = await setUp();
      const { lastCheckMs, lastRefreshedMs } = refresh() ?? {};
      script.next = reaction;
      await timers.advance(15_000);
      expect(refresh()).toMatchObject({
        failureCount: 1,
        lastCheckMs,
        lastRefreshedMs,
        nextRefreshMs: timers.now() + 30_000,
      });
      await timers.advance(3_600_000);
      expect(refresh()?.failureCount).toBe(10);
      expect((refresh()?.nextRefreshMs ?? 0) - timers.now()).toBeLessThanOrEqual(165_000);
      expect(await names()).toEqual(['held']);
      expect((await call('/internal-backstage/ready')).status).toBe(200);
    },
  );

  test.each([400, 418, 301, 204, 599] as const)(
    '%i: looked at again after five seconds, with the failures as they are',
    async (status) => {
      const { script, timers, refresh, names } = await setUp();
      script.next = status;
      await timers.advance(15_000);
      expect(refresh()).toMatchObject({ failureCount: 0, nextRefreshMs: timers.now() + 5_000 });
      expect(await names()).toEqual(['held']);
    },
  );

  const noFlags = '{"features":[null,1,{"name":5}]}';
  const hostile = [
    '',
    'null',
    '[]',
    '{',
    '{"features":7}',
    '<html>',
    '{"features":[',
    '\u0000',
    '7',
    '"features"',
    noFlags,
  ];
  test.each(hostile)('200 with %j: told, and nothing has changed', async (body) => {
    const { script, timers, refresh, names, lines } = await setUp();
    script.next = { status: 200, body };
    await timers.advance(15_000);
    expect(await names()).toEqual(['held']);
    expect(lines.join('\n')).toContain('are not usable');
    expect(refresh()?.etag).toBe('"first"');
  });

  test('a document cut off at any place changes nothing', async () => {
    const whole = JSON.stringify({ version: 2, features: [flag('ü')] });
    const bytes = Buffer.from(whole);
    const { script, timers, names } = await setUp();
    for (let length = 0; length < bytes.length; length++) {
      script.next = { status: 200, body: bytes.subarray(0, length).toString('latin1') };
      await timers.advance(15_000);
      expect(await names(), `cut after ${length}`).toEqual(['held']);
    }
    script.next = { status: 200, body: whole };
    await timers.advance(15_000);
    await eventually('the whole document', async () => String(await names()) === 'ü');
  });
});
