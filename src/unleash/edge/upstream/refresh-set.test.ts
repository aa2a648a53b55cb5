import { describe, expect, test } from 'vitest';
import { edgeVectors } from '../../../../test/support/edge-vectors.ts';
import { UpstreamError, type UpstreamRequest, type UpstreamResponse } from '../../../http/upstream/types.ts';
import { parseToken } from '../../tokens/parse.ts';
import { manualTimers, recordingLogger } from '../../tokens/testing.ts';
import { createTagger } from '../api/entity.ts';
import { Environments } from '../environments/environments.ts';
import type { EdgeToken } from '../types.ts';
import { FeaturesPoller } from './features-poller.ts';
import { createHeaders } from './headers.ts';
import { RefreshSet } from './refresh-set.ts';
import { edgeUrls } from './urls.ts';

type Reaction = number | 'network' | { readonly features: readonly object[] };

async function setUp(react: (request: UpstreamRequest) => Reaction, confirmedElsewhere = false) {
  const timers = manualTimers();
  const logger = recordingLogger();
  const requests: UpstreamRequest[] = [];
  const slicing = { elapsedMs: () => 0, yieldNow: () => Promise.resolve() };
  const environments = new Environments({
    engine: { random: () => 0.5, now: timers.now, hostname: 'h', customStrategies: new Map() },
    tagger: await createTagger(false),
    cacheBytes: 1_000_000,
    slicing,
    onIssues: () => {},
    now: timers.now,
  });
  const identity = {
    appName: 'edge',
    instanceId: 'i',
    connectionId: 'c',
    edgeVersion: '19.15.1',
    startedAtMs: timers.now(),
  };
  const access = {
    send: async (request: UpstreamRequest): Promise<UpstreamResponse> => {
      requests.push(request);
      const reaction = react(request);
      if (reaction === 'network') throw new UpstreamError('network', 'nobody there');
      const status = typeof reaction === 'number' ? reaction : 200;
      const body = Buffer.from(typeof reaction === 'number' ? '' : JSON.stringify({ version: 2, ...reaction }));
      return { status, body, header: (name) => (name === 'etag' ? '"e1"' : undefined) };
    },
    urls: edgeUrls('http://up/'),
    headers: createHeaders({ identity, authHeader: 'Authorization', custom: [['X-Custom', 'yes']] }),
    timeoutMs: 5_000,
    limitBytes: 1_000_000,
    refreshToken: () => undefined,
    startupToken: () => undefined,
  };
  const refused: string[] = [];
  const registered: string[] = [];
  const set = new RefreshSet({
    environments,
    createSource: (token, sink) =>
      new FeaturesPoller(token, sink, { access, intervalMs: 15_000, timers, logger, slicing }),
    now: timers.now,
    onRegistered: ({ token }) => registered.push(token),
    onRefused: ({ token }) => refused.push(token),
    confirmedElsewhere,
  });
  return { timers, logger, requests, environments, set, refused, registered };
}

const client = (text: string, projects?: readonly string[]): EdgeToken => {
  const parsed = parseToken(text) as EdgeToken;
  return { ...parsed, projects: projects ?? parsed.projects, type: 'client', status: 'Validated' };
};

describe('refresh_registration', () => {
  interface Row {
    readonly register_in_order: readonly (string | { readonly token: string; readonly projects: readonly string[] })[];
    readonly expect?: readonly string[];
    readonly expect_count?: number;
  }
  test.each(edgeVectors<Row[]>('refresh_registration'))('%j', async (row) => {
    const { set } = await setUp(() => ({ features: [] }));
    for (const [index, entry] of row.register_in_order.entries()) {
      const text = typeof entry === 'string' ? entry : entry.token;
      void set.register(client(`${text}.s${index}`, typeof entry === 'string' ? undefined : entry.projects));
    }
    const left = set.refreshes.map(({ token }) => token.token.split('.')[0]);
    if (row.expect) expect([...left].sort()).toEqual([...row.expect].sort());
    else expect(left).toHaveLength(row.expect_count ?? 0);
    set.stop();
  });
});

describe('refresh_backoff and refresh_due', () => {
  test('gaps grow with failures and shrink step by step', async () => {
    const { sequence, cap } = edgeVectors<{
      sequence: readonly { event: number | 'network'; failures: number; delay_s: number }[];
      cap: { failures: number; delay_s: number };
    }>('refresh_backoff');
    const events: Reaction[] = sequence.map(({ event }) => (event === 200 ? { features: [] } : event));
    let reaction: Reaction = 503;
    const { set, timers, requests } = await setUp(() => reaction);
    reaction = events[0] as Reaction;
    void set.register(client('*:development.s'));
    for (const [index, { failures, delay_s }] of sequence.entries()) {
      await timers.advance(0);
      expect(requests).toHaveLength(index + 1);
      expect(set.refreshes[0]).toMatchObject({ failureCount: failures, nextRefreshMs: timers.now() + delay_s * 1000 });
      reaction = events[index + 1] ?? 503;
      await timers.advance(delay_s * 1000 - 1);
      expect(requests, 'not due yet').toHaveLength(index + 1);
      await timers.advance(1);
    }
    await timers.advance(3_600_000);
    expect(set.refreshes[0]?.failureCount).toBe(cap.failures);
    expect((set.refreshes[0]?.nextRefreshMs ?? 0) - timers.now()).toBeLessThanOrEqual(cap.delay_s * 1000);
    set.stop();
  });
});

describe('refresh_status_effects', () => {
  interface Row {
    readonly status: number | string;
    readonly only_token_of_env?: boolean;
    readonly features_dropped?: boolean;
    readonly token_removed?: boolean;
    readonly failure_count?: number;
    readonly failure_count_delta?: number;
  }
  const rows = edgeVectors<Row[]>('refresh_status_effects').flatMap((row): Row[] =>
    row.status === 401
      ? [true, false].map((only) => ({ ...row, only_token_of_env: only, features_dropped: only, token_removed: true }))
      : [row],
  );
  test.each(rows)('%j', async (row) => {
    let answer: Reaction = { features: [{ name: 'f', project: 'a', enabled: true, strategies: [] }] };
    const { set, timers, environments, refused } = await setUp(({ headers }) =>
      headers.Authorization === 'a:dev.s' ? answer : { features: [] },
    );
    await set.register(client('a:dev.s'));
    if (row.only_token_of_env === false) await set.register(client('b:dev.s'));
    expect(environments.get('dev')).toBeDefined();
    answer = typeof row.status === 'number' ? row.status : 'network';
    await timers.advance(15_000);
    const removed = row.token_removed ?? false;
    expect(set.refreshes.some(({ token }) => token.token === 'a:dev.s')).toBe(!removed);
    expect(refused).toEqual(removed ? ['a:dev.s'] : []);
    expect(environments.get('dev') === undefined).toBe(row.features_dropped ?? false);
    const failures = row.failure_count ?? row.failure_count_delta;
    if (failures !== undefined) expect(set.refreshes[0]?.failureCount).toBe(failures);
    set.stop();
  });
});

test.each(edgeVectors<Readonly<Record<string, string>>[]>('upstream_urls'))('upstream_urls %j', (row) => {
  const urls: Readonly<Record<string, string>> = { ...edgeUrls(row.base ?? '') };
  for (const name of ['features', 'validate', 'bulk']) if (row[name]) expect(urls[name]).toBe(row[name]);
});

test('sends the token, the identity, custom headers, and the tag of the last answer', async () => {
  const { set, timers, requests, registered } = await setUp(() => ({ features: [] }));
  await set.register(client('*:dev.s'));
  await set.register(client('a:dev.s'));
  expect(registered).toEqual(['*:dev.s']);
  await timers.advance(15_000);
  expect(requests).toHaveLength(2);
  expect(requests[1]?.headers).toMatchObject({
    Authorization: '*:dev.s',
    'User-Agent': 'unleash-edge-19.15.1',
    'UNLEASH-APPNAME': 'edge',
    'Unleash-Interval': '15000',
    'X-Custom': 'yes',
    'If-None-Match': '"e1"',
  });
  expect(requests[0]?.headers['If-None-Match']).toBeUndefined();
  set.stop();
});

test('an answer that is no document changes nothing and is asked for again', async () => {
  let answer: Reaction = { features: [{ name: 'f', enabled: true, strategies: [] }] };
  const { set, timers, environments, logger } = await setUp(() => answer);
  await set.register(client('*:dev.s'));
  answer = { events: 'what' } as never;
  await timers.advance(15_000);
  expect(environments.current('dev')?.features).toHaveLength(1);
  expect(logger.lines.join()).toContain('not usable');
  expect(logger.lines.join()).not.toContain('dev.s');
  answer = { features: [] };
  await timers.advance(5_000);
  expect(environments.current('dev')?.features).toHaveLength(0);
  set.stop();
});

test('what a process in between answers confirms nothing: upstream was heard of when that process says so', async () => {
  const { set, timers } = await setUp(() => ({ features: [] }), true);
  await set.register(client('*:dev.s'));
  await timers.advance(15_000);
  expect(set.refreshes.map(({ lastCheckMs }) => lastCheckMs)).toEqual([undefined]);
  set.confirm('dev', 1_234);
  set.confirm('prod', 99);
  expect(set.refreshes.map(({ lastCheckMs }) => lastCheckMs)).toEqual([1_234]);
  await set.register(client('*:prod.s'));
  expect(set.refreshes.map(({ lastCheckMs }) => lastCheckMs)).toEqual([1_234, 99]);
  set.remove('*:prod.s');
  await set.register(client('*:prod.s'));
  expect(set.refreshes.map(({ lastCheckMs }) => lastCheckMs)).toEqual([1_234, undefined]);
  set.stop();
});
