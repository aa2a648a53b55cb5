import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { edgeVectors } from '../../../../test/support/edge-vectors.ts';
import { Backoff } from '../../../flags/backoff.ts';
import type { RunningEdgeMetrics } from './edge-metrics.ts';
import { defaultMetricsLimits, type MetricsLimits } from './limits.ts';
import { appendVia } from './read-reports.ts';
import { type Counts, createTestMetrics, report, reporter, TestLogger, TestTimers, TestUpstream } from './testing.ts';

let timers: TestTimers;
let upstream: TestUpstream;
let logger: TestLogger;
let metrics: RunningEdgeMetrics;
const create = (limits?: MetricsLimits, offline = false): RunningEdgeMetrics =>
  createTestMetrics({ upstream: offline ? undefined : upstream, timers, logger, limits });

beforeEach(() => {
  timers = new TestTimers();
  upstream = new TestUpstream();
  logger = new TestLogger();
  metrics = create();
});

interface BatchView {
  readonly applications: Record<string, unknown>[];
  readonly metrics: { key: Record<string, unknown>; bucket: Record<string, unknown> }[];
}
const batch = () => metrics.batch() as BatchView;
const accept = (counts: Counts, environment: string | null = 'development') =>
  metrics.acceptMetrics(report(counts), reporter(environment), false);
const bulkBodies = () =>
  upstream.requests.filter(({ url }) => url.endsWith('/bulk')).map(({ body }) => JSON.parse(body));

describe('client metrics', () => {
  interface Vector {
    readonly name: string;
    readonly in?: readonly Counts[];
    readonly out?: readonly Counts[] | Readonly<Record<string, number>>;
    readonly out_count?: number;
    readonly token_env?: string | null;
    readonly body_env?: string;
    readonly stored_env?: string;
    readonly stored?: readonly string[];
    readonly sent_v18_19?: boolean;
    readonly final_flush_all_versions?: boolean;
  }
  it.each(edgeVectors<Vector[]>('metrics_merge'))('$name', async (vector) => {
    if (vector.stored_env !== undefined) {
      const body = { ...report({ yes: 1 }), environment: vector.body_env };
      metrics.acceptMetrics(body, reporter(vector.token_env ?? null), false);
      expect(batch().metrics.map(({ key }) => key.environment)).toEqual([vector.stored_env]);
      return;
    }
    if (vector.stored !== undefined) {
      const rows = (vector.in ?? []).map(({ feature, env, yes, no }) => ({
        appName: 'a',
        featureName: feature,
        environment: env,
        timestamp: '2024-01-01T10:00:00Z',
        yes,
        no,
        variants: {},
      }));
      metrics.acceptBulk({ applications: [], metrics: rows }, reporter(vector.token_env ?? null));
      expect(batch().metrics.map(({ key }) => key.feature_name)).toEqual(vector.stored);
      return;
    }
    for (const counts of vector.in ?? []) expect(accept(counts)).toEqual({ ok: true });
    const stored = batch().metrics;
    if (vector.out_count !== undefined) expect(stored).toHaveLength(vector.out_count);
    else if (Array.isArray(vector.out)) {
      const expected = (vector.out as Counts[]).map(({ ts, ...counts }) =>
        ts === undefined ? counts : { timestamp: ts, ...counts },
      );
      expect(stored.map(({ bucket }) => bucket)).toMatchObject(expected);
    } else if (vector.out !== undefined) {
      const byTime = Object.fromEntries(stored.map(({ bucket }) => [bucket.timestamp, bucket.yes]));
      expect(byTime).toEqual(vector.out);
    } else {
      metrics.start();
      await timers.advance(0);
      expect(bulkBodies().length > 0).toBe(vector.sent_v18_19);
      upstream.requests.length = 0;
      accept({});
      await metrics.stop(1000);
      expect(bulkBodies().length > 0).toBe(vector.final_flush_all_versions);
    }
  });

  it.each([
    null,
    [],
    {},
    { appName: 'a' },
    { appName: 'a', bucket: [] },
    { appName: 'a', bucket: { start: 'never', toggles: {} } },
    { appName: 'a', bucket: { start: '2024-01-01T10:00:00Z' } },
    report({ yes: -1 }),
    report({ yes: 1.5 }),
    report({ variants: { a: -1 } }),
    { appName: 'a', bucket: { start: '2024-01-01T10:00:00Z', toggles: { f: null } } },
  ])('refuses %j and keeps nothing of it', (body) => {
    expect(metrics.acceptMetrics(body, reporter('development'), false)).toMatchObject({ ok: false });
    expect(batch().metrics).toEqual([]);
  });

  it('takes names that mean something to the language', () => {
    const toggles = JSON.parse('{"__proto__":{"yes":1,"no":0,"variants":{"__proto__":2,"constructor":1}}}');
    metrics.acceptMetrics({ appName: 'a', bucket: { start: '2024-01-01T10:00:00Z', toggles } }, reporter('d'), false);
    expect(JSON.stringify(batch())).toContain('"featureName":"__proto__"');
    expect(JSON.stringify(batch())).toContain('{"__proto__":2,"constructor":1}');
  });

  it('stays within its memory, counts what finds no room, and still adds up what it knows', async () => {
    metrics = create({ ...defaultMetricsLimits, bytes: 20_000 });
    for (let n = 0; n < 1_000; n++) accept({ feature: `flag-${n}`, yes: 1 });
    accept({ feature: 'flag-0', yes: 1 });
    const { rows, heldBytes, dropped } = metrics.figures();
    expect(rows).toBeGreaterThan(10);
    expect(rows + dropped).toBe(1_000);
    expect(heldBytes).toBeLessThanOrEqual(20_000);
    expect(batch().metrics[0]?.bucket.yes).toBe(2);
    metrics.start();
    await timers.advance(0);
    expect(metrics.figures()).toMatchObject({ rows: 0, heldBytes: 0 });
  });
});

describe('registrations', () => {
  const registration = { appName: 'a', interval: 10, started: '2024-01-01T10:00:00Z', strategies: ['default'] };

  it('appends this process to the chain', () => {
    interface Vector {
      readonly steps: readonly (readonly [string, string])[];
      readonly out: unknown;
    }
    for (const { steps, out } of edgeVectors<Vector[]>('connect_via')) {
      const chain = steps.reduce<ReturnType<typeof appendVia>>(
        (held, [appName, instanceId]) => appendVia(held, { appName, instanceId }),
        [],
      );
      expect(chain).toEqual(out);
    }
    const body = {
      ...registration,
      instanceId: 'i',
      connectVia: [{ appName: 'test', instanceId: 'instance' }],
      specVersion: '5',
    };
    metrics.acceptApplication(body, reporter('development'));
    expect(batch().applications).toMatchObject([
      {
        connectVia: [
          { appName: 'test', instanceId: 'instance' },
          { appName: 'edge-name', instanceId: 'edge-instance' },
        ],
        environment: 'development',
        projects: ['header'],
        sdkType: 'backend',
      },
    ]);
    expect(batch().applications[0]).not.toHaveProperty('specVersion');
  });

  it('keeps one entry of an application that names no instance', () => {
    for (let n = 0; n < 5; n++) metrics.acceptApplication(registration, reporter('development'));
    expect(batch().applications).toHaveLength(1);
  });

  it.each([null, {}, { appName: 'a', interval: 'x', started: '2024-01-01T10:00:00Z' }, { appName: 'a', started: 'x' }])(
    'refuses %j',
    (body) => expect(metrics.acceptApplication(body, reporter('d'))).toMatchObject({ ok: false }),
  );

  it('registers what reports through the frontend API with an SDK header', () => {
    const sdk = reporter('development', { 'unleash-sdk': 'js:1' });
    metrics.acceptMetrics({ ...report({ yes: 1 }), instanceId: 'browser' }, sdk, true);
    metrics.acceptMetrics(report({ app: 'b', yes: 1 }), reporter('development'), true);
    metrics.acceptMetrics(report({ app: 'c', yes: 1 }), sdk, false);
    expect(batch().applications).toMatchObject([
      { appName: 'a', instanceId: 'browser', interval: 15_000, connectionId: null, strategies: [], sdkVersion: 'js:1' },
    ]);
  });

  it('are sent with metrics, and wait while there are none', async () => {
    metrics.acceptApplication(registration, reporter('development'));
    metrics.start();
    await timers.advance(0);
    expect(bulkBodies()).toEqual([]);
    accept({ yes: 1 });
    await timers.advance(60_000);
    expect(bulkBodies()).toMatchObject([{ applications: [{ appName: 'a' }], metrics: [{ yes: 1 }] }]);
    expect(batch()).toEqual({ applications: [], metrics: [] });
  });
});

describe('sending', () => {
  interface Outcome {
    readonly status: number | 'network';
    readonly batch?: 'done' | 'dropped' | 'reinserted';
    readonly failures?: string | number;
  }
  const expectedFailures = (rule: Outcome['failures'], before: number): number => {
    if (typeof rule === 'number') return rule;
    if (rule === 'max(0,f-1)') return Math.max(0, before - 1);
    // The original's jump to ten is its defect 2: failures count up one by one, up to ten.
    if (rule === 'max(10,f+1)') return Math.min(10, before + 1);
    return before;
  };

  it.each(edgeVectors<Outcome[]>('metrics_send_outcomes'))(
    'after $status',
    async ({ status, batch: fate, failures }) => {
      metrics.start();
      upstream.answer = () => 503;
      accept({ yes: 1 });
      await timers.advance(60_000);
      expect(metrics.figures().bulk?.waitMs).toBe(120_000);
      upstream.requests.length = 0;
      upstream.answer = () => status;
      await timers.advance(125_000);
      // Nobody answering: several tries, and then the counts are kept, unlike in the original (27, 3).
      expect(bulkBodies()).toHaveLength(status === 'network' ? 5 : 1);
      expect(batch().metrics).toHaveLength(fate === 'reinserted' || status === 'network' ? 1 : 0);
      expect(metrics.figures().bulk?.waitMs).toBe(60_000 * (1 + expectedFailures(failures, 1)));
    },
  );

  it.each(edgeVectors<{ base: number; failures: number; interval: number }[]>('metrics_interval'))(
    'waits $interval s after $failures failures at $base s',
    ({ base, failures, interval }) => {
      const backoff = new Backoff();
      for (let count = 0; count < failures; count++) backoff.failed();
      // An eleventh failure no longer counts (27, 2).
      expect(backoff.delayMs(base)).toBe(failures > 10 ? base * 11 : interval);
    },
  );

  it('never waits longer than eleven intervals', async () => {
    upstream.answer = () => 503;
    accept({ yes: 1 });
    metrics.start();
    for (let round = 0; round < 30; round++) await timers.advance(660_000);
    expect(metrics.figures().bulk?.waitMs).toBe(660_000);
  });

  it('halves what is too large until it fits, and drops only what never fits', async () => {
    upstream.answer = (body) => (body.length > 900 || body.includes('huge') ? 413 : 202);
    accept({ feature: 'huge', yes: 1 });
    for (let n = 0; n < 20; n++) accept({ feature: `flag-${n}`, yes: 1 });
    metrics.start();
    await timers.advance(0);
    const delivered = bulkBodies()
      .filter((_, index) => JSON.stringify(upstream.requests[index]).length > 0)
      .filter((body) => JSON.stringify(body).length <= 900 && !JSON.stringify(body).includes('huge'))
      .flatMap((body) => body.metrics.map(({ featureName }: { featureName: string }) => featureName));
    expect(delivered.sort()).toEqual(Array.from({ length: 20 }, (_, n) => `flag-${n}`).sort());
    expect(metrics.figures().bulk?.discarded).toBe(1);
    expect(batch().metrics).toEqual([]);
  });

  it('sends with a token of the environment; without one, reports wait', async () => {
    upstream.tokens = { production: 'production-token' };
    accept({ yes: 1 });
    accept({ yes: 1 }, 'production');
    metrics.start();
    await timers.advance(0);
    expect(upstream.requests.map(({ headers }) => headers)).toEqual([
      { Authorization: 'production-token', 'Unleash-Interval': '60000', 'Content-Type': 'application/json' },
    ]);
    expect(batch().metrics.map(({ key }) => key.environment)).toEqual(['development']);
    upstream.tokens.development = 'late-token';
    await timers.advance(60_000);
    expect(batch().metrics).toEqual([]);
  });

  it('loses and doubles nothing, whatever upstream answers', async () => {
    const answers = fc.array(fc.constantFrom<number | 'network'>(202, 202, 413, 429, 500, 503, 'network', 418), {
      maxLength: 12,
    });
    const reports = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.nat({ max: 5 })), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(answers, fc.array(reports, { maxLength: 4 }), async (script, rounds) => {
        timers = new TestTimers();
        upstream = new TestUpstream();
        metrics = create();
        const received = new Map<string, number>();
        let step = 0;
        upstream.answer = (body) => {
          const rows = JSON.parse(body).metrics as { featureName: string; yes: number }[];
          const answer = script[step++] ?? 202;
          const status = answer === 413 && rows.length < 2 ? 202 : answer;
          if (status === 202)
            for (const { featureName, yes } of rows) received.set(featureName, (received.get(featureName) ?? 0) + yes);
          return status;
        };
        metrics.start();
        const sent = new Map<string, number>();
        for (const round of rounds) {
          for (const [feature, yes] of round) {
            accept({ feature, yes });
            sent.set(feature, (sent.get(feature) ?? 0) + yes);
          }
          await timers.advance(660_000);
        }
        while (metrics.figures().rows > 0) await timers.advance(660_000);
        expect(received).toEqual(sent);
      }),
      { numRuns: 30 },
    );
  });

  it('stops within its deadline when nobody answers', async () => {
    metrics.start();
    await timers.advance(0);
    accept({ yes: 1 });
    upstream.answer = () => 'network';
    const stopped = metrics.stop(1_000);
    await timers.advance(1_000);
    await stopped;
    expect(timers.pending()).toEqual([]);
  });

  it('takes reports offline, within its bounds, and sends nothing', async () => {
    metrics = create(defaultMetricsLimits, true);
    metrics.start();
    expect(accept({ yes: 1 })).toEqual({ ok: true });
    await metrics.stop(10);
    expect(upstream.requests).toEqual([]);
    expect(batch().metrics).toHaveLength(1);
  });
});
