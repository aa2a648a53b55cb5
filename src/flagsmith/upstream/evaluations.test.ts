import { describe, expect, it } from 'vitest';
import { testLog } from '../../../test/flagsmith/timers.ts';
import { ScriptedUpstream } from '../../../test/flagsmith/upstream.ts';
import { UpstreamError } from '../../http/upstream/types.ts';
import { Evaluations } from './evaluations.ts';

const row = (feature: string, identifier: string | null = null, count = 1, enabled = true) => ({
  feature,
  identifier,
  count,
  enabled,
});

function setUp({ apiUrl = 'http://api/api/v1/', limitBytes = 1_000_000 } = {}) {
  const upstream = new ScriptedUpstream(() => ({ status: 204 }));
  const log = testLog();
  const sums: [string, Record<string, number>][] = [];
  const evaluations = new Evaluations({
    apiUrl,
    send: upstream.send,
    timeoutMs: 1,
    log,
    limitBytes,
    addSums: (clientKey, counts) => sums.push([clientKey, Object.fromEntries(counts)]),
  });
  const sent = () => upstream.requests.map(({ body }) => JSON.parse(body ?? '').evaluations);
  return { upstream, log, sums, evaluations, sent };
}

describe('evaluations', () => {
  it('are added up by identity and state and sent as SDKs send them', async () => {
    const { upstream, evaluations, sent } = setUp();
    evaluations.add('c', [row('a', 'bob'), row('a', 'bob', 2), row('a', 'bob', 1, false), row('__proto__')]);
    evaluations.add('d', [row('a', 'bob')]);
    await evaluations.flush();
    await evaluations.flush();
    expect(upstream.requests.map(({ url, headers }) => [url, headers['X-Environment-Key']])).toEqual([
      ['http://api/api/v2/analytics/flags/', 'c'],
      ['http://api/api/v2/analytics/flags/', 'd'],
    ]);
    expect(sent()[0]).toEqual([
      { feature_name: 'a', identity_identifier: 'bob', count: 3, enabled_when_evaluated: true },
      { feature_name: 'a', identity_identifier: 'bob', count: 1, enabled_when_evaluated: false },
      { feature_name: '__proto__', identity_identifier: null, count: 1, enabled_when_evaluated: true },
    ]);
  });

  it('go out in requests of at most 1000 rows', async () => {
    const { evaluations, sent } = setUp();
    evaluations.add(
      'c',
      Array.from({ length: 2_001 }, (_, i) => row('a', `user${i}`)),
    );
    await evaluations.flush();
    expect(sent().map((rows) => rows.length)).toEqual([1_000, 1_000, 1]);
  });

  it.each([new UpstreamError('network', 'refused'), { status: 503 }, { status: 429 }])(
    'wait for the next time when they cannot be delivered (%j)',
    async (failure) => {
      const { upstream, evaluations, sent, log } = setUp();
      upstream.answer = () => failure;
      evaluations.add('c', [row('a', 'bob')]);
      await evaluations.flush();
      expect(log.lines).toEqual([
        failure instanceof UpstreamError
          ? 'warn analytics_not_delivered {"client_side_key":"c","reason":"refused"}'
          : `warn analytics_refused {"client_side_key":"c","status":${failure.status}}`,
      ]);
      expect(evaluations.heldBytes).toBeGreaterThan(0);
      upstream.answer = () => ({ status: 204 });
      evaluations.add('c', [row('a', 'bob')]);
      await evaluations.flush();
      expect(sent().at(-1)).toMatchObject([{ count: 2 }]);
      expect(evaluations.heldBytes).toBe(0);
    },
  );

  it('are dropped when upstream refuses them', async () => {
    const { upstream, evaluations, log } = setUp();
    upstream.answer = () => ({ status: 400 });
    evaluations.add('c', [row('a')]);
    await evaluations.flush();
    await evaluations.flush();
    expect(upstream.requests).toHaveLength(1);
    expect(log.lines.join()).toContain('analytics_refused');
  });

  it('become sums of version 1 where the core API knows no version 2', async () => {
    const { upstream, evaluations, sums, log } = setUp();
    upstream.answer = () => ({ status: 404 });
    for (let round = 0; round < 2; round++) {
      evaluations.add('c', [row('a', 'bob', 2), row('a', 'alice', 3), row('b')]);
      await evaluations.flush();
    }
    expect(sums).toEqual([
      ['c', { a: 5, b: 1 }],
      ['c', { a: 5, b: 1 }],
    ]);
    expect(log.lines).toEqual(['info evaluations_sent_as_counts {"status":404}']);
    const elsewhere = setUp({ apiUrl: 'http://api/flagsmith' });
    elsewhere.evaluations.add('c', [row('a')]);
    await elsewhere.evaluations.flush();
    expect([elsewhere.upstream.requests.length, elsewhere.sums]).toEqual([0, [['c', { a: 1 }]]]);
  });

  it('take no more memory than allowed, and count what is dropped', () => {
    const { evaluations } = setUp({ limitBytes: 10_000 });
    evaluations.add(
      'c',
      Array.from({ length: 1_000 }, (_, i) => row('a', `user${i}`, 2)),
    );
    expect(evaluations.heldBytes).toBeLessThanOrEqual(10_000);
    expect(evaluations.dropped).toBeGreaterThan(1_000);
    const before = evaluations.dropped;
    evaluations.add('c', [row('a', 'user0', 5)]);
    expect(evaluations.dropped).toBe(before);
  });
});
