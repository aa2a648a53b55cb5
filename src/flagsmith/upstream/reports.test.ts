import { describe, expect, it } from 'vitest';
import { TestTimers, testLog } from '../../../test/flagsmith/timers.ts';
import { ScriptedUpstream } from '../../../test/flagsmith/upstream.ts';
import { UpstreamError } from '../../http/upstream/types.ts';
import { Analytics } from './analytics.ts';
import { startLoop } from './loop.ts';
import { UsageReporter } from './usage.ts';

const ok = () => ({ status: 200 });

describe('analytics', () => {
  function setUp() {
    const upstream = new ScriptedUpstream(ok);
    const log = testLog();
    return {
      upstream,
      log,
      analytics: new Analytics({ apiUrl: 'http://api/', send: upstream.send, timeoutMs: 1, log }),
    };
  }

  it('are added up per environment and sent as SDKs send them', async () => {
    const { upstream, analytics } = setUp();
    analytics.add('c', new Map([['a', 1]]));
    analytics.add(
      'c',
      new Map([
        ['a', 2],
        ['__proto__', 1],
      ]),
    );
    analytics.add('d', new Map([['a', 5]]));
    await analytics.flush();
    await analytics.flush();
    expect(upstream.requests.map(({ url, headers, body }) => [url, headers['X-Environment-Key'], body])).toEqual([
      ['http://api/analytics/flags/', 'c', '{"a":3,"__proto__":1}'],
      ['http://api/analytics/flags/', 'd', '{"a":5}'],
    ]);
  });

  it.each([new UpstreamError('network', 'refused'), { status: 503 }, { status: 429 }])(
    'wait for the next time when they cannot be delivered (%j)',
    async (failure) => {
      const { upstream, analytics, log } = setUp();
      upstream.answer = () => failure;
      analytics.add('c', new Map([['a', 1]]));
      await analytics.flush();
      expect(log.lines).toEqual([
        failure instanceof UpstreamError
          ? 'warn analytics_not_delivered {"client_side_key":"c","reason":"refused"}'
          : `warn analytics_refused {"client_side_key":"c","status":${failure.status}}`,
      ]);
      upstream.answer = ok;
      analytics.add('c', new Map([['a', 1]]));
      await analytics.flush();
      expect(upstream.requests.at(-1)?.body).toBe('{"a":2}');
    },
  );

  it('are dropped when upstream refuses them', async () => {
    const { upstream, analytics } = setUp();
    upstream.answer = () => ({ status: 403 });
    analytics.add('c', new Map([['a', 1]]));
    await analytics.flush();
    await analytics.flush();
    expect(upstream.requests).toHaveLength(1);
  });
});

describe('usage', () => {
  function setUp() {
    const upstream = new ScriptedUpstream(() => ({ status: 204 }));
    const log = testLog();
    let id = 0;
    const usage = new UsageReporter({
      apiUrl: 'http://api',
      proxyKey: 'pk.x',
      send: upstream.send,
      timeoutMs: 1,
      log,
      randomId: () => `id${id++}`,
    });
    return { upstream, usage, log };
  }

  it('is reported in rows', async () => {
    const { upstream, usage } = setUp();
    await usage.flush();
    usage.count('c', 'flags');
    usage.count('c', 'flags');
    usage.count('d', 'identities');
    await usage.flush();
    expect(upstream.requests).toHaveLength(1);
    expect(upstream.requests[0]).toMatchObject({
      method: 'POST',
      url: 'http://api/proxy/usage/',
      headers: { 'X-Proxy-Key': 'pk.x', 'Idempotency-Key': 'id0' },
      body: '[{"client_side_key":"c","resource":"flags","count":2},{"client_side_key":"d","resource":"identities","count":1}]',
    });
  });

  it('is sent again unchanged before newer counts, and dropped when refused', async () => {
    const { upstream, usage, log } = setUp();
    upstream.answer = () => ({ status: 500 });
    usage.count('c', 'flags');
    await usage.flush();
    usage.count('c', 'flags');
    await usage.flush();
    upstream.answer = () => new UpstreamError('timeout', 'slow');
    await usage.flush();
    upstream.answer = () => ({ status: 400 });
    await usage.flush();
    upstream.answer = () => ({ status: 204 });
    await usage.flush();
    const sent = upstream.requests.map(({ headers, body }) => `${headers['Idempotency-Key']} ${body}`);
    const first = 'id0 [{"client_side_key":"c","resource":"flags","count":1}]';
    expect(sent).toEqual([first, first, first, first, first.replace('id0', 'id1')]);
    expect(log.lines).toEqual([
      'warn usage_refused {"status":500}',
      'warn usage_refused {"status":500}',
      'warn usage_not_delivered {"reason":"slow"}',
      'warn usage_refused {"status":400}',
      'warn usage_refused {"status":400}',
    ]);
  });

  it('that waited goes out with what is newer, once, when two ask for it at the same time', async () => {
    const { upstream, usage } = setUp();
    upstream.answer = () => ({ status: 500 });
    for (let i = 0; i < 1001; i++) usage.count(`c${i}`, 'flags');
    await usage.flush();
    usage.count('newer', 'flags');
    upstream.answer = () => ({ status: 204 });
    upstream.requests.length = 0;
    await Promise.all([usage.flush(), usage.flush()]);
    expect(
      upstream.requests.map(({ headers, body }) => [headers['Idempotency-Key'], JSON.parse(body ?? '').length]),
    ).toEqual([
      ['id0', 1000],
      ['id1', 1],
      ['id2', 1],
    ]);
  });

  it('is split into batches of 1,000 rows', async () => {
    const { upstream, usage } = setUp();
    for (let i = 0; i < 1001; i++) usage.count(`c${i}`, 'flags');
    await usage.flush();
    expect(upstream.requests.map(({ body }) => JSON.parse(body ?? '').length)).toEqual([1000, 1]);
  });
});

describe('a loop', () => {
  it('goes on in intervals, never twice at once, until it is stopped', async () => {
    const timers = new TestTimers();
    let rounds = 0;
    const loop = startLoop(timers, 100, async () => void rounds++);
    await timers.advance(250);
    expect(rounds).toBe(2);
    await Promise.all([loop.now(), loop.now()]);
    expect(rounds).toBe(3);
    await timers.advance(99);
    expect(rounds).toBe(3);
    loop.stop();
    await timers.advance(1000);
    expect([rounds, timers.next]).toEqual([3, null]);
  });
});
