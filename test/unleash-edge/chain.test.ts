/** Edges in a row: Halyard behind the real Edge and the real Edge behind Halyard, polling, with delta and streaming. */
import { afterEach, describe, expect, test } from 'vitest';
import { flag } from '../edge/harness.ts';
import type { Server } from '../support/server.ts';
import { halyards, type Subject } from '../support/subjects.ts';
import { eventually } from '../support/wait.ts';
import { newAccount } from './support/compare.ts';
import { type EdgeOptions, hasRealEdge, startHalyardEdge, startRealEdge } from './support/pair.ts';
import { tally } from './support/tally.ts';
import { type DeltaEvent, type EdgeUpstream, startEdgeUpstream } from './support/upstream.ts';

const available = hasRealEdge('chains with the real Unleash Edge');
const client = '*:development.client-chain-1';
const frontend = '*:development.frontend-chain-1';

const modes = {
  polling: {},
  delta: { DELTA: 'true' },
  streaming: { DELTA: 'true', STREAMING: 'true' },
} as const;
type Mode = keyof typeof modes;

const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const run of cleanUp.splice(0).reverse()) await run();
});

async function startUpstream(): Promise<EdgeUpstream> {
  const upstream = await startEdgeUpstream();
  cleanUp.push(() => upstream.close());
  upstream.documents.set('development', { version: 2, features: [flag('a'), flag('b', 'p2')] });
  upstream.setEvents('development', [hydration([flag('a'), flag('b', 'p2')], 1)]);
  return upstream;
}

const hydration = (features: readonly object[], eventId: number): DeltaEvent =>
  ({ type: 'hydration', eventId, features, segments: [] }) as DeltaEvent;

/** Changes upstream in the way of the mode. */
function change(upstream: EdgeUpstream, mode: Mode): void {
  upstream.documents.set('development', { version: 2, features: [flag('a'), flag('b', 'p2'), flag('c')] });
  if (mode !== 'polling') {
    upstream.addEvents('development', { type: 'feature-updated', eventId: 2, feature: flag('c') } as DeltaEvent);
  }
}

const environment = (upstreamUrl: string, mode: Mode) => ({
  UPSTREAM_URL: upstreamUrl,
  TOKENS: client,
  STRICT: 'true',
  FEATURES_REFRESH_INTERVAL_SECONDS: '1',
  METRICS_INTERVAL_SECONDS: '1',
  ...modes[mode],
});

type Start = (options: EdgeOptions) => Promise<Server>;
const starters = (subject: Subject): Readonly<Record<string, readonly [Start, Start]>> => ({
  'the real Edge in front of Halyard': [startRealEdge, (options) => startHalyardEdge(subject, options)],
  'Halyard in front of the real Edge': [(options) => startHalyardEdge(subject, options), startRealEdge],
});

async function startChain([first, second]: readonly [Start, Start], upstreamUrl: string, mode: Mode) {
  const front = await first({ args: ['edge'], env: environment(upstreamUrl, mode) });
  cleanUp.push(() => front.stop());
  await eventually('the first to have flags', async () => (await names(front)).length > 0);
  const url = `http://127.0.0.1:${front.port}`;
  const back = await second({ args: ['edge'], env: environment(url, mode) });
  cleanUp.push(() => back.stop());
  await eventually('the second to have flags', async () => (await names(back)).length > 0);
  return { front, back };
}

async function names(server: Server): Promise<string[]> {
  const { status, text } = await server.get('/api/frontend', { authorization: frontend });
  return status === 200 ? (JSON.parse(text) as { toggles: { name: string }[] }).toggles.map(({ name }) => name) : [];
}

interface Bulk {
  readonly applications: readonly { readonly appName: string; readonly connectVia?: readonly unknown[] }[];
  readonly metrics: readonly { readonly featureName: string; readonly yes: number; readonly no: number }[];
}

describe.skipIf(!available).each(halyards())('%s', (subject) => {
  const account = newAccount();

  describe.each(Object.entries(starters(subject)))('%s', (_, pair) => {
    test.each(Object.keys(modes) as Mode[])(
      '%s: flags, changes, usage and tokens pass',
      { timeout: 120_000 },
      async (mode) => {
        const upstream = await startUpstream();
        const { back } = await startChain(pair, `${upstream.origin}/chain`, mode);
        expect(await names(back)).toEqual(['a', 'b']);

        change(upstream, mode);
        await eventually('the change', async () => (await names(back)).includes('c'));
        expect(await names(back)).toEqual(['a', 'b', 'c']);

        const unknown = await back.get('/api/frontend', { authorization: '*:development.nobody-1' });
        expect(unknown.status).toBe(403);
        const narrow = await back.get('/api/frontend', { authorization: 'p2:development.frontend-2' });
        expect(JSON.parse(narrow.text)).toMatchObject({ toggles: [{ name: 'b' }] });

        const registered = await back.postJson(
          '/api/client/register',
          {
            appName: 'sdk',
            instanceId: 'one',
            interval: 10_000,
            started: '2026-01-01T00:00:00Z',
            strategies: ['default'],
          },
          { authorization: client },
        );
        expect(registered.status).toBe(202);
        const bucket = { start: '2026-01-01T00:00:00Z', stop: '2026-01-01T00:01:00Z' };
        for (const yes of [3, 4]) {
          const toggles = { a: { yes, no: 1, variants: { red: yes } } };
          const posted = await back.postJson(
            '/api/client/metrics',
            { appName: 'sdk', instanceId: 'one', bucket: { ...bucket, toggles } },
            { authorization: client },
          );
          expect(posted.status).toBe(202);
        }
        const sent = () => upstream.of('chain', '/api/client/metrics/bulk').map(({ body }) => JSON.parse(body) as Bulk);
        const rows = () => sent().flatMap(({ metrics }) => metrics.filter(({ featureName }) => featureName === 'a'));
        await eventually('all usage', () => rows().reduce((sum, { yes }) => sum + yes, 0) >= 7);
        expect(rows().reduce((sum, { yes }) => sum + yes, 0)).toBe(7);
        expect(rows().reduce((sum, { no }) => sum + no, 0)).toBe(2);
        const application = await eventually('the application', () =>
          sent()
            .flatMap(({ applications }) => applications)
            .find(({ appName }) => appName === 'sdk'),
        );
        // Both Edges have put down their names.
        expect(application.connectVia).toHaveLength(2);
        account.comparisons += 8;
      },
    );
  });

  test('the account', () => tally('daisy chains: polling, delta, streaming', subject, account));
});
