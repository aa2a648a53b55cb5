/** What each sends upstream for the same settings and the same clients. */
import { afterEach, describe, expect, test } from 'vitest';
import { flag } from '../edge/harness.ts';
import { halyards } from '../support/subjects.ts';
import { eventually } from '../support/wait.ts';
import { newAccount } from './support/compare.ts';
import { hasRealEdge, type Pair, startPair } from './support/pair.ts';
import { tally } from './support/tally.ts';
import { type EdgeUpstream, type Recorded, startEdgeUpstream } from './support/upstream.ts';

const available = hasRealEdge('what the real Unleash Edge sends upstream');
const client = '*:development.client-1';
const narrow = 'p1:development.client-2';
const frontend = '*:development.frontend-1';

const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const run of cleanUp.splice(0).reverse()) await run();
});

/** Of the connection, or of the client library. */
const ignored = new Set([
  'host',
  'connection',
  'content-length',
  'accept',
  'accept-encoding',
  'user-agent',
  'transfer-encoding',
]);
const ulid = /\b[0-9A-HJKMNP-TV-Z]{26}\b/g;

/** Headers with identities of a process replaced. */
function headersOf({ headers }: Recorded): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => !ignored.has(name))
      .map(([name, value]) => [name, String(value).replace(ulid, '<ULID>')] as const)
      .sort(),
  );
}

interface Bulk {
  readonly applications: readonly Record<string, unknown>[];
  readonly metrics: readonly Record<string, unknown>[];
}

/** Lists in one order, without what is of the process; missing and null are the same. */
function normalBulk(text: string): Bulk {
  const { applications, metrics } = JSON.parse(text) as Bulk;
  const clean = (list: readonly Record<string, unknown>[]) =>
    list
      .map((item) =>
        Object.fromEntries(
          Object.entries(item)
            .filter(([, value]) => value !== null)
            .map(([name, value]) => [
              name,
              name === 'timestamp' || name === 'started' ? new Date(String(value)).toISOString() : value,
            ])
            .sort(),
        ),
      )
      .map(
        (item) =>
          JSON.parse(
            JSON.stringify(item)
              .replace(ulid, '<ULID>')
              .replace(/"started":"(?!2026-01-01)[^"]+"/, '"started":"now"'),
          ) as Record<string, unknown>,
      )
      .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  return { applications: clean(applications), metrics: clean(metrics) };
}

describe.skipIf(!available).each(halyards())('%s', (subject) => {
  const account = newAccount();

  async function start(env: Readonly<Record<string, string>>): Promise<{ upstream: EdgeUpstream; pair: Pair }> {
    const upstream = await startEdgeUpstream();
    cleanUp.push(() => upstream.close());
    upstream.documents.set('development', { version: 2, features: [flag('a'), flag('b', 'p1')] });
    const pair = await startPair(subject, (name) => ({
      args: ['edge'],
      env: { UPSTREAM_URL: `${upstream.origin}/${name}`, FEATURES_REFRESH_INTERVAL_SECONDS: '1', ...env },
    }));
    cleanUp.push(() => pair.stop());
    return { upstream, pair };
  }

  const first = (upstream: EdgeUpstream, path: string) =>
    eventually(`${path} of both`, () => {
      const own = ({ headers }: Recorded) => (headers.authorization ?? client) === client;
      const real = upstream.of('real', path).find(own);
      const halyard = upstream.of('halyard', path).find(own);
      return real !== undefined && halyard !== undefined ? { real, halyard } : undefined;
    });

  test('validation, registration and fetches: paths, headers and bodies', async () => {
    const { upstream, pair } = await start({
      STRICT: 'true',
      TOKENS: `${client},${narrow}`,
      CUSTOM_CLIENT_HEADERS: 'x-own:some value,x-other:2',
      APP_NAME: 'my-edge',
    });
    const validation = await first(upstream, '/edge/validate');
    expect(headersOf(validation.halyard)).toEqual(headersOf(validation.real));
    const asked = ({ body }: Recorded) => [...(JSON.parse(body) as { tokens: string[] }).tokens].sort();
    // In one question or in several.
    const all = (from: string) => [...new Set(upstream.of(from, '/edge/validate').flatMap(asked))].sort();
    await eventually('all tokens', () => all('halyard').length === 2 && all('real').length === 2);
    expect(all('halyard')).toEqual(all('real'));

    const fetching = await first(upstream, '/api/client/features');
    expect(headersOf(fetching.halyard)).toEqual(headersOf(fetching.real));
    expect(fetching.halyard.path).toBe(fetching.real.path);

    const registration = await first(upstream, '/api/client/register');
    // Halyard says here, too, how often it reports.
    expect(headersOf(registration.halyard)).toEqual({ ...headersOf(registration.real), 'unleash-interval': '60000' });
    const application = ({ body }: Recorded) => {
      const { started, ...rest } = JSON.parse(body.replace(ulid, '<ULID>')) as Record<string, unknown>;
      expect(Date.parse(String(started))).toBeGreaterThan(0);
      const { sdkVersion, ...others } = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== null));
      return [String(sdkVersion).split('+')[0], others];
    };
    // Halyard tells more, and as its interval how often it reports; the original tells how often it fetches.
    const [version, { interval: _fetching, ...told }] = application(registration.real) as [
      string,
      Record<string, unknown>,
    ];
    expect(application(registration.halyard)).toEqual([version, expect.objectContaining(told)]);

    // The second fetch is conditional, and the token that the other covers never fetches.
    const conditional = (from: string) =>
      upstream.of(from, '/api/client/features').find(({ headers }) => headers['if-none-match']);
    await eventually('conditions', () => conditional('real') && conditional('halyard'));
    expect(conditional('halyard')?.headers['if-none-match']).toBe(conditional('real')?.headers['if-none-match']);
    for (const name of ['real', 'halyard']) {
      const fetched = new Set(upstream.of(name, '/api/client/features').map(({ headers }) => headers.authorization));
      expect(fetched.has(client), name).toBe(true);
    }

    // A token of a client that nobody knows yet.
    await Promise.all(pair.both.map((server) => server.get('/api/frontend', { authorization: frontend })));
    const later = (from: string) =>
      upstream
        .of(from, '/edge/validate')
        .map(asked)
        .find((tokens) => tokens.includes(frontend));
    expect(later('halyard')).toEqual(later('real'));
    account.comparisons += 9;
  });

  test('usage and applications, when it ends', async () => {
    const { upstream, pair } = await start({ STRICT: 'true', TOKENS: client, METRICS_INTERVAL_SECONDS: '3600' });
    await first(upstream, '/api/client/features');
    await eventually('both to serve', async () => {
      const answers = await Promise.all(
        pair.both.map((server) => server.get('/api/frontend', { authorization: frontend })),
      );
      return answers.every(({ status }) => status === 200);
    });
    const json = (path: string, body: unknown, token: string, headers: Record<string, string> = {}) =>
      Promise.all(
        pair.both.map(async (server) => {
          expect((await server.postJson(path, body, { authorization: token, ...headers })).status).toBe(202);
        }),
      );
    const bucket = (toggles: object, start = '2026-01-01T10:05:00Z') => ({
      start,
      stop: '2026-01-01T10:06:00Z',
      toggles,
    });
    await json(
      '/api/client/register',
      {
        appName: 'sdk',
        instanceId: 'one',
        interval: 10_000,
        started: '2026-01-01T00:00:00Z',
        strategies: ['default'],
        sdkVersion: 'x:1',
      },
      client,
    );
    await json(
      '/api/frontend/client/register',
      { appName: 'web', instanceId: 'two', interval: 10_000, started: '2026-01-01T00:00:00Z', strategies: [] },
      frontend,
    );
    await json(
      '/api/client/metrics',
      {
        appName: 'sdk',
        instanceId: 'one',
        bucket: bucket({ a: { yes: 2, no: 1, variants: { red: 2 } }, b: { yes: 0, no: 0 } }),
      },
      client,
    );
    await json(
      '/api/client/metrics',
      {
        appName: 'sdk',
        instanceId: 'two',
        bucket: bucket({ a: { yes: 3, no: 0, variants: { blue: 3 } } }, '2026-01-01T10:55:00Z'),
      },
      client,
    );
    await json(
      '/api/client/metrics',
      { appName: 'sdk', instanceId: 'two', bucket: bucket({ a: { yes: 5, no: 0 } }, '2026-01-01T11:00:00Z') },
      client,
    );
    await json(
      '/api/frontend/client/metrics',
      { appName: 'web', instanceId: 'two', bucket: bucket({ a: { yes: 1, no: 1 } }) },
      frontend,
      { 'unleash-sdk': 'js:1.0.0' },
    );
    await json(
      '/api/proxy/client/metrics',
      { appName: 'web', environment: 'other', bucket: bucket({ b: { yes: 1, no: 1 } }) },
      frontend,
    );
    await json(
      '/api/client/metrics/bulk',
      {
        applications: [
          {
            appName: 'below',
            instanceId: 'x',
            interval: 10,
            started: '2026-01-01T00:00:00Z',
            strategies: [],
            connectVia: [{ appName: 'edge', instanceId: 'i' }],
          },
        ],
        metrics: [
          {
            featureName: 'a',
            appName: 'below',
            environment: 'development',
            timestamp: '2026-01-01T10:00:00Z',
            yes: 7,
            no: 0,
            variants: {},
          },
          {
            featureName: 'a',
            appName: 'below',
            environment: 'other',
            timestamp: '2026-01-01T10:00:00Z',
            yes: 9,
            no: 0,
            variants: {},
          },
        ],
      },
      client,
    );
    const batches = await Promise.all(pair.both.map((server) => server.get('/internal-backstage/metricsbatch')));
    const seen = batches.map(({ text }) => (JSON.parse(text) as { metrics: unknown[] }).metrics.length);
    expect(seen[1]).toBe(seen[0]);
    await pair.stop();
    const bulk = await first(upstream, '/api/client/metrics/bulk');
    // The original names its interval with every batch but the last.
    expect(headersOf(bulk.halyard)).toEqual({ ...headersOf(bulk.real), 'unleash-interval': '3600000' });
    const [real, halyard] = [normalBulk(bulk.real.body), normalBulk(bulk.halyard.body)];
    // Rows that count nothing stay here, as they do in later versions.
    expect(halyard.metrics).toEqual(real.metrics.filter(({ yes, no }) => yes !== 0 || no !== 0));
    // An application of another Edge gets the environment of its token, as every other one does.
    const known = real.applications.map((item) => ({ ...item, environment: 'development' }));
    expect(halyard.applications).toEqual(known.map((item) => expect.objectContaining(item)));
    expect(real.metrics.length).toBeGreaterThan(5);
    account.comparisons += 4;
  });

  test('the account', () => tally('what is sent upstream', subject, account));
});
