/** Settings one by one: the real Edge and Halyard with the same ones, asked the same. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { flag } from '../edge/harness.ts';
import type { RawRequest } from '../support/http.ts';
import { halyards } from '../support/subjects.ts';
import { eventually } from '../support/wait.ts';
import { everywhere, inModes } from './intended-differences.ts';
import { canonicalEvents } from './support/canonical.ts';
import { difference, newAccount } from './support/compare.ts';
import { hasRealEdge, type Pair, startPair } from './support/pair.ts';
import { expectAllMet, tally } from './support/tally.ts';
import { type DeltaEvent, type EdgeUpstream, startEdgeUpstream } from './support/upstream.ts';

const available = hasRealEdge('settings of the real Unleash Edge');

const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const run of cleanUp.splice(0).reverse()) await run();
});

const document = {
  version: 2,
  features: [flag('a'), flag('b', 'p1'), flag('c', 'p2'), flag('d', 'p2', { enabled: false })],
};
const tokens = {
  all: '*:development.client-1',
  p1: 'p1:development.client-2',
  both: '[]:development.client-3',
  elsewhere: '*:production.client-4',
  frontend: '*:development.frontend-1',
  frontendP1: 'p1:development.frontend-2',
  frontendBoth: '[]:development.frontend-3',
  frontendElsewhere: '*:production.frontend-4',
  unknown: '*:development.nobody',
} as const;

const get = (path: string, token?: string, headers: Record<string, string> = {}): RawRequest => ({
  path,
  headers: { ...(token === undefined ? {} : { authorization: token }), ...headers },
});
const post = (path: string, body: unknown, token?: string): RawRequest => ({
  ...get(path, token, { 'content-type': 'application/json' }),
  method: 'POST',
  body: JSON.stringify(body),
});

/** Everything that depends on tokens. */
const tokenRequests: readonly RawRequest[] = Object.values(tokens).flatMap((token) => [
  get('/api/frontend?userId=7', token),
  get('/api/frontend/all?userId=7', token),
  get('/api/frontend/features/b?userId=7', token),
  get('/api/client/features', token),
  get('/api/client/features?namePrefix=b', token),
  get('/api/client/features/b', token),
  get('/api/client/delta', token),
  get('/api/client/streaming', token),
  post('/api/frontend', { userId: '7' }, token),
  post('/edge/validate', { tokens: [token] }),
]);

async function startUpstream(): Promise<EdgeUpstream> {
  const upstream = await startEdgeUpstream();
  cleanUp.push(() => upstream.close());
  upstream.documents.set('development', document);
  const hydration = { type: 'hydration', eventId: 5, features: document.features, segments: [] };
  upstream.setEvents('development', [hydration as DeltaEvent]);
  return upstream;
}

describe.skipIf(!available).each(halyards())('%s', (subject) => {
  const account = newAccount();

  async function start(
    upstream: EdgeUpstream | undefined,
    env: Readonly<Record<string, string>>,
    args: readonly string[] = ['edge'],
    waitFor?: string,
  ): Promise<Pair> {
    const pair = await startPair(subject, (name) => ({
      args,
      ...(waitFor === undefined ? {} : { waitFor }),
      env: { ...(upstream === undefined ? {} : { UPSTREAM_URL: `${upstream.origin}/${name}` }), ...env },
    }));
    cleanUp.push(() => pair.stop());
    return pair;
  }

  async function compareAll(pair: Pair, requests: readonly RawRequest[]): Promise<void> {
    const found: string[] = [];
    for (const request of requests) {
      const [real, halyard] = await Promise.all(pair.both.map((server) => server.request(request)));
      const text = difference(request, real!, halyard!, [...inModes, ...everywhere], account)?.text;
      if (text !== undefined) found.push(text);
    }
    expect(found.length, found.map((text, i) => `--- ${i + 1}\n${text}`).join('\n')).toBe(0);
  }

  /** Until both have fetched what their tokens are for. */
  const hydrated = (
    pair: Pair,
    path = '/api/client/features',
    headers: Record<string, string> = { authorization: tokens.all },
  ) =>
    eventually('both to have flags', async () => {
      const answers = await Promise.all(pair.both.map((server) => server.get(path, headers)));
      return answers.every(({ status }) => status === 200);
    });

  test('strict, with one token for everything', async () => {
    const pair = await start(await startUpstream(), { STRICT: 'true', TOKENS: tokens.all });
    await hydrated(pair);
    await compareAll(pair, tokenRequests);
  });

  test('strict, with a token for one project', async () => {
    const pair = await start(await startUpstream(), { STRICT: 'true', TOKENS: tokens.p1 });
    await hydrated(pair, '/api/client/features', { authorization: tokens.p1 });
    await compareAll(pair, tokenRequests);
  });

  test('dynamic', async () => {
    const pair = await start(await startUpstream(), { DYNAMIC: 'true' });
    await compareAll(pair, tokenRequests);
  });

  test.each(['STRICT', 'DYNAMIC'])('trusted tokens, %s', async (behaviour) => {
    const trusted = 'my-own-secret@development,*:development.frontend-trusted,p1:development.frontend-trusted-2';
    const env = { [behaviour]: 'true', TOKENS: tokens.all, PRETRUSTED_TOKENS: trusted };
    const pair = await start(await startUpstream(), env);
    await hydrated(pair);
    const own = [
      'my-own-secret',
      '*:development.frontend-trusted',
      'p1:development.frontend-trusted-2',
      'my-own-secret@development',
    ];
    await compareAll(
      pair,
      own.flatMap((token) => [
        get('/api/frontend?userId=7', token),
        get('/api/frontend/all', token),
        get('/api/frontend/features/b', token),
        get('/api/client/features', token),
        get('/api/client/features/b', token),
        post('/api/frontend', {}, token),
        post('/edge/validate', { tokens: [token] }),
      ]),
    );
  });

  test('delta', async () => {
    const upstream = await startUpstream();
    const pair = await start(upstream, {
      STRICT: 'true',
      DELTA: 'true',
      TOKENS: tokens.all,
      FEATURES_REFRESH_INTERVAL_SECONDS: '1',
    });
    await hydrated(pair);
    const asked = [tokens.all, tokens.p1, tokens.both, tokens.elsewhere, tokens.frontend, tokens.unknown].flatMap(
      (token) =>
        [undefined, '"5"', '5', '6', '"4"', 'W/"5"', 'x', '"99"'].map((revision) =>
          get('/api/client/delta', token, revision === undefined ? {} : { 'if-none-match': revision }),
        ),
    );
    await compareAll(pair, [...asked, ...tokenRequests.filter(({ path }) => path !== '/api/client/streaming')]);
    upstream.addEvents(
      'development',
      { type: 'feature-updated', eventId: 6, feature: flag('e', 'p1') } as DeltaEvent,
      { type: 'feature-removed', eventId: 7, featureName: 'a', project: 'default' } as DeltaEvent,
      { type: 'segment-updated', eventId: 8, segment: { id: 1, constraints: [] } } as DeltaEvent,
    );
    await eventually('the change', async () => {
      const lists = await Promise.all(
        pair.both.map((server) => server.get('/api/frontend', { authorization: tokens.frontend })),
      );
      return lists.every(({ text }) => text.includes('"e"'));
    });
    await compareAll(pair, asked.concat(tokenRequests.filter(({ path }) => path !== '/api/client/streaming')));
  });

  test('streaming: the events of both', async () => {
    const upstream = await startUpstream();
    const pair = await start(upstream, { STRICT: 'true', DELTA: 'true', STREAMING: 'true', TOKENS: tokens.all });
    await hydrated(pair);
    const streams = pair.both.map((server) => {
      const controller = new AbortController();
      cleanUp.push(() => controller.abort());
      return readEvents(`http://127.0.0.1:${server.port}/api/client/streaming`, tokens.p1, controller.signal);
    });
    await eventually('the first events', () => streams.every(({ events }) => events.length === 1));
    upstream.addEvents('development', { type: 'feature-updated', eventId: 6, feature: flag('e', 'p1') } as DeltaEvent);
    await eventually('the second events', () => streams.every(({ events }) => events.length === 2));
    const [real, halyard] = streams.map(({ events }) =>
      events.map(({ name, data }) => ({ name, data: canonicalEvents(JSON.stringify(data)) })),
    );
    expect(halyard).toEqual(real);
    account.comparisons += 2;
    await compareAll(
      pair,
      tokenRequests.filter(({ path }) => path !== '/api/client/streaming'),
    );
  });

  const bootstraps: Readonly<Record<string, unknown>> = {
    simplified: { on: { enabled: true }, off: { enabled: false }, coloured: { enabled: true, variant: 'red' } },
    whole: document,
  };
  test.each(Object.keys(bootstraps))('offline, %s file', async (kind) => {
    const folder = await mkdtemp(join(tmpdir(), 'halyard-offline-'));
    cleanUp.push(() => rm(folder, { recursive: true, force: true }));
    const file = join(folder, 'features.json');
    await writeFile(file, JSON.stringify(bootstraps[kind]));
    const own = {
      client: 'opaque-client',
      frontend: 'opaque-frontend',
      both: 'opaque-both',
      p1: 'p1:dev.client-1',
      front: '*:dev.frontend-1',
    };
    const pair = await start(
      undefined,
      {
        BOOTSTRAP_FILE: file,
        CLIENT_TOKENS: `${own.client},${own.p1}`,
        FRONTEND_TOKENS: `${own.frontend},${own.front}`,
        TOKENS: own.both,
      },
      ['offline'],
    );
    const names = kind === 'whole' ? ['a', 'b', 'd', 'nothing'] : ['on', 'off', 'coloured', 'nothing'];
    await compareAll(
      pair,
      [...Object.values(own), 'nobody', '']
        .flatMap((token) => [
          get('/api/frontend', token),
          get('/api/frontend/all', token),
          ...names.map((name) => get(`/api/frontend/features/${name}`, token)),
          get('/api/client/features', token),
          ...names.map((name) => get(`/api/client/features/${name}`, token)),
          get('/api/client/delta', token),
          get('/api/client/streaming', token),
          post('/api/frontend', { userId: '7' }, token),
          post('/edge/validate', { tokens: [token] }),
          post(
            '/api/client/metrics',
            { appName: 'x', bucket: { start: '2026-01-01T00:00:00Z', stop: '2026-01-01T00:01:00Z', toggles: {} } },
            token,
          ),
        ])
        .concat([get('/internal-backstage/ready'), get('/internal-backstage/health')]),
    );
  });

  test('lists of origins, headers and methods', async () => {
    const pair = await start(await startUpstream(), {
      STRICT: 'true',
      TOKENS: tokens.all,
      CORS_ORIGIN: 'https://a.example,https://b.example',
      CORS_ALLOWED_HEADERS: 'authorization,x-own',
      CORS_EXPOSED_HEADERS: 'etag',
      CORS_METHODS: 'GET,POST',
      CORS_MAX_AGE: '60',
    });
    await hydrated(pair);
    const origins = [{}, { origin: 'https://a.example' }, { origin: 'https://c.example' }];
    const asked = [
      {},
      { 'access-control-request-headers': 'authorization, X-Own' },
      { 'access-control-request-headers': 'x-other' },
      { 'access-control-request-headers': ',' },
    ];
    const preflights = origins.flatMap((origin) =>
      asked.flatMap((headers) =>
        ['GET', 'DELETE'].map((method) => ({
          ...get('/api/frontend', undefined, { ...origin, ...headers, 'access-control-request-method': method }),
          method: 'OPTIONS',
        })),
      ),
    );
    await compareAll(pair, [...preflights, ...origins.map((origin) => get('/api/frontend', tokens.frontend, origin))]);
  });

  test('a base path, other header names, and endpoints left out', async () => {
    const pair = await start(
      await startUpstream(),
      {
        STRICT: 'true',
        TOKENS: tokens.all,
        BASE_PATH: '/edge-here',
        EDGE_AUTH_HEADER: 'x-key',
        UPSTREAM_AUTH_HEADER: 'Authorization',
        DISABLE_ALL_ENDPOINT: 'true',
        DISABLE_METRICS_BATCH_ENDPOINT: 'true',
        DISABLE_METRICS_ENDPOINT: 'true',
        DISABLE_FEATURES_ENDPOINT: 'true',
        DISABLE_TOKENS_ENDPOINT: 'true',
        DISABLE_INSTANCE_DATA_ENDPOINT: 'true',
      },
      ['edge'],
      '/edge-here/internal-backstage/health',
    );
    await hydrated(pair, '/edge-here/api/client/features', { 'x-key': tokens.all });
    const paths = [
      '/api/frontend',
      '/api/frontend/all',
      '/api/proxy/all',
      '/api/client/features',
      '/internal-backstage/health',
    ];
    const out = ['metricsbatch', 'metrics', 'features', 'tokens', 'instancedata'].map(
      (name) => `/internal-backstage/${name}`,
    );
    await compareAll(
      pair,
      [...paths, ...out].flatMap((path) => [
        get(`/edge-here${path}`, undefined, { 'x-key': tokens.frontend }),
        get(`/edge-here${path}`, tokens.frontend),
        get(path, undefined, { 'x-key': tokens.frontend }),
      ]),
    );
  });

  test('access lists', async () => {
    for (const env of [{ ALLOW_LIST: '10.0.0.0/8' }, { DENY_LIST: '127.0.0.0/8' }, { ALLOW_LIST: '127.0.0.0/8' }]) {
      const pair = await start(await startUpstream(), { STRICT: 'true', TOKENS: tokens.all, ...env });
      const paths = ['/api/nothing', '/edge/nothing', '/internal-backstage/health', '/nothing'];
      await compareAll(pair, [...paths.map((path) => get(path)), post('/edge/validate', { tokens: [] })]);
    }
  });

  test('each intended difference was met', () => {
    expectAllMet(inModes, account);
    tally(
      'settings: strict, dynamic, trusted tokens, delta, streaming, offline, CORS, lists, base path',
      subject,
      account,
    );
  });
});

interface SentEvent {
  readonly name: string;
  readonly data: unknown;
}

/** Collects the events of a stream: their names and what they hold, with flags in the order of their names. */
function readEvents(url: string, token: string, signal: AbortSignal): { readonly events: SentEvent[] } {
  const events: SentEvent[] = [];
  const read = async () => {
    const response = await fetch(url, { headers: { authorization: token }, signal });
    let text = '';
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      text += Buffer.from(chunk).toString('utf8');
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const lines = text.slice(0, end).split('\n');
        text = text.slice(end + 2);
        const field = (name: string) =>
          lines
            .find((line) => line.startsWith(`${name}:`))
            ?.slice(name.length + 1)
            .trim();
        const data = field('data');
        if (data !== undefined && data !== '') events.push({ name: field('event') ?? '', data: JSON.parse(data) });
      }
    }
  };
  read().catch(() => undefined);
  return { events };
}
