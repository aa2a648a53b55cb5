import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { testRequest } from '../../src/http/testing.ts';
import { eventually } from '../support/wait.ts';
import { edgeInMemory, flag, scriptedUpstream } from './harness.ts';

const client = '*:dev.client';
const other = 'second:dev.client';
const frontend = '*:dev.frontend';
const url = '/api/frontend?userId=7';
const fetches = '/api/client/features';
const halfOfAll = (stickiness: string) => [
  { name: 'flexibleRollout', parameters: { rollout: '50', stickiness, groupId: 'g' } },
];

async function started(features: object[], args: readonly string[] = []) {
  const upstream = scriptedUpstream();
  upstream.tokens.set(client, { type: 'client', environment: 'dev', projects: ['*'] });
  upstream.tokens.set(other, { type: 'client', environment: 'dev', projects: ['second'] });
  upstream.tokens.set(frontend, { type: 'frontend', environment: 'dev', projects: ['*'] });
  for (const token of [client, other]) upstream.features.set(token, { version: 2, features });
  const tokens = ['--dynamic', '--tokens', [client, other, frontend].join()];
  const edge = await edgeInMemory([...tokens, ...args], upstream);
  await edge.start();
  return { ...edge, upstream };
}

/** Asks until nothing is learned any more. */
async function warm({ call }: Pick<Awaited<ReturnType<typeof started>>, 'call'>, path: string, token: string) {
  for (let i = 0; i < 5; i++) await call(path, { token });
  return call(path, { token });
}

const two = [flag('a', 'default'), flag('b', 'second')];
const names = (reply: { json: () => unknown }) =>
  (reply.json() as { features?: { name: string }[]; toggles?: { name: string }[] })[
    'features' in (reply.json() as object) ? 'features' : 'toggles'
  ]?.map(({ name }) => name);

describe('a request that came before', () => {
  test('gets what changed since', async () => {
    const edge = await started([flag('a', 'default')]);
    expect(names(await warm(edge, url, frontend))).toEqual(['a']);
    expect(names(await warm(edge, fetches, client))).toEqual(['a']);
    edge.upstream.features.set(client, { version: 2, features: two });
    for (const refresh of edge.service.refresh.refreshes)
      await edge.service.refresh.refresh('dev').catch(() => refresh);
    expect(names(await edge.call(url, { token: frontend }))).toEqual(['a', 'b']);
    expect(names(await edge.call(fetches, { token: client }))).toEqual(['a', 'b']);
  });

  test('is refused once its token is, whatever it names', async () => {
    const edge = await started(two);
    const { headers } = await warm(edge, fetches, other);
    edge.upstream.tokens.delete(other);
    await edge.service.validator.revalidate();
    expect((await edge.call(fetches, { token: other })).status).toBe(403);
    const known = { 'if-none-match': String(headers.ETag) };
    expect((await edge.call(fetches, { token: other, headers: known })).status).toBe(403);
    expect((await edge.call(fetches, { token: client })).status).toBe(200);
  });

  test('sees what its token sees after upstream said that it is another', async () => {
    const edge = await started(two);
    expect(names(await warm(edge, fetches, other))).toEqual(['b']);
    edge.upstream.tokens.set(other, { type: 'client', environment: 'dev', projects: ['default'] });
    await edge.service.validator.revalidate();
    expect(names(await edge.call(fetches, { token: other }))).toEqual(['a']);
  });

  test('is somebody else with another token', async () => {
    const edge = await started(two);
    for (let i = 0; i < 6; i++) {
      expect(names(await edge.call(fetches, { token: client }))).toEqual(['a', 'b']);
      expect(names(await edge.call(fetches, { token: other }))).toEqual(['b']);
      expect((await edge.call(fetches, { token: frontend })).status).toBe(403);
      expect((await edge.call(fetches)).status).toBe(403);
    }
  });

  test('names its origin only when it has one', async () => {
    const edge = await started(two);
    for (let i = 0; i < 6; i++) {
      const plain = await edge.call(url, { token: frontend });
      const fromPage = await edge.call(url, { token: frontend, headers: { origin: 'https://a.example' } });
      expect(plain.headers['Access-Control-Allow-Origin']).toBeUndefined();
      expect(fromPage.headers['Access-Control-Allow-Origin']).toBe('*');
      expect(fromPage.text).toBe(plain.text);
    }
  });

  test('is compressed as it asks for', async () => {
    const edge = await started([flag('long', 'default', { description: 'x'.repeat(2_000) })]);
    for (let i = 0; i < 4; i++) {
      for (const coding of ['br', 'gzip', undefined]) {
        const headers = coding === undefined ? {} : { 'accept-encoding': coding };
        expect((await edge.call(fetches, { token: client, headers })).headers['Content-Encoding']).toBe(coding);
      }
    }
  });

  test('gets 304 for its own entity tag only, and every method its own answer', async () => {
    const edge = await started(two);
    const { headers, text } = await warm(edge, url, frontend);
    for (let i = 0; i < 3; i++) {
      const same = await edge.call(url, { token: frontend, headers: { 'if-none-match': String(headers.ETag) } });
      expect([same.status, same.text, same.headers.ETag]).toEqual([304, '', headers.ETag]);
      const stale = await edge.call(url, { token: frontend, headers: { 'if-none-match': 'W/"5-other"' } });
      expect([stale.status, stale.text]).toEqual([200, text]);
      const listed = await edge.call(url, { token: frontend, headers: { 'if-none-match': `"x", ${headers.ETag}` } });
      expect(listed.status).toBe(304);
      expect((await edge.call(url, { token: frontend, method: 'HEAD' })).text).toBe('');
      expect((await edge.call(url, { token: frontend, method: 'DELETE' })).status).toBe(404);
    }
  });

  test('draws lots anew, and is another one from elsewhere', async () => {
    const drawn = flag('drawn', 'default', { strategies: halfOfAll('random') });
    const here = flag('here', 'default', { strategies: [{ name: 'remoteAddress', parameters: { IPs: '10.0.0.1' } }] });
    const lots = await started([drawn]);
    await warm(lots, url, frontend);
    expect(lots.repeats?.filled.used).toBe(0);
    const places = await started([here]);
    for (let i = 0; i < 6; i++) {
      expect(names(await places.call(url, { token: frontend, peer: '10.0.0.1' }))).toEqual(['here']);
      expect(names(await places.call(url, { token: frontend, peer: '10.0.0.2' }))).toEqual([]);
    }
  });

  test('is looked at each time where addresses are listed', async () => {
    const edge = await started(two, ['--deny-list', '10.0.0.0/8']);
    await warm(edge, url, frontend);
    expect(edge.repeats).toBeUndefined();
    expect((await edge.call(url, { token: frontend, peer: '10.1.2.3' })).status).toBe(403);
  });

  test('counts like the first one', async () => {
    const edge = await started(two);
    const ask = async (times: number, headers: Record<string, string> = {}) => {
      for (let i = 0; i < times; i++) await edge.call(fetches, { token: client, headers });
    };
    await ask(7);
    await ask(5, { 'unleash-interval': '20000' });
    for (let i = 0; i < 6; i++) await edge.call(url, { token: frontend });
    const { headers } = await edge.call(url, { token: frontend });
    for (let i = 0; i < 4; i++)
      await edge.call(url, { token: frontend, headers: { 'if-none-match': headers.ETag ?? '' } });
    const series = [...edge.core.requests.series].map(({ endpoint, status, count, durations, sizes }) => ({
      ...{ endpoint, status, count },
      ...{ durations: durations.reduce((a, b) => a + b), sizes: sizes.reduce((a, b) => a + b) },
    }));
    expect(series).toEqual([
      { endpoint: fetches, status: 200, count: 12, durations: 12, sizes: 12 },
      { endpoint: '/api/frontend', status: 200, count: 7, durations: 7, sizes: 7 },
      { endpoint: '/api/frontend', status: 304, count: 4, durations: 4, sizes: 4 },
    ]);
    // Each of them is an evaluation of both flags.
    expect(edge.core.environments.get('dev')?.counts.frontend.bulk).toBe(2 * 11);
    const { byPath, features, frontend: lists } = edge.metrics.takeRequests();
    expect(Object.fromEntries(byPath)).toEqual({
      [fetches]: { requests200: 12, requests304: 0 },
      '/api/frontend': { requests200: 7, requests304: 4 },
    });
    expect(Object.fromEntries(features)).toEqual({ '0-15000': 7, '20000-25000': 5 });
    expect(lists).toBe(11);
    expect(edge.metrics.takeRequests().byPath.size).toBe(0);
    await ask(2);
    expect(edge.metrics.takeRequests().byPath.get(fetches)?.requests200).toBe(2);
  });

  test('is held by nothing, nor is its connection', async () => {
    const edge = await started(two);
    const ask = (path: string, token: string) => {
      const request = testRequest({ url: path, headers: { authorization: token } });
      edge.handler(request);
      return new WeakRef(request);
    };
    const requests = [
      ...Array.from({ length: 6 }, () => ask(url, frontend)),
      ...Array.from({ length: 6 }, () => ask(fetches, client)),
    ];
    expect(edge.repeats?.filled.used).toBeGreaterThan(0);
    setFlagsFromString('--expose-gc');
    // What is still on its way for one of them ends first.
    await eventually('all to go', () => {
      runInNewContext('gc')();
      expect(requests.filter((request) => request.deref() !== undefined)).toEqual([]);
      return true;
    });
  });
});
