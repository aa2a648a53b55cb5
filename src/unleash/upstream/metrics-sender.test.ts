import { describe, expect, test } from 'vitest';
import { UpstreamError } from '../../http/upstream/types.ts';
import { Usage } from '../usage/usage.ts';
import { MetricsSender } from './metrics-sender.ts';
import { ManualTimers, recordingLogger, type Scripted, scriptedUpstream, testIdentity } from './testing.ts';

function setUp(script: Scripted[], options: { intervalMs?: number; jitterMs?: number; random?: number } = {}) {
  const timers = new ManualTimers();
  const usage = new Usage({ toggles: 100, variantsPerToggle: 10, nameLength: 5_000 }, timers.now);
  const upstream = scriptedUpstream(...script);
  const logger = recordingLogger();
  const sender = new MetricsSender({
    url: 'http://upstream/api/client/metrics',
    identity: testIdentity,
    usage,
    intervalMs: options.intervalMs ?? 1_000,
    jitterMs: options.jitterMs ?? 0,
    timeoutMs: 10_000,
    send: upstream.send,
    timers,
    random: () => options.random ?? 0.5,
    logger,
  });
  const bodies = () => upstream.requests.map(({ body }) => JSON.parse(body ?? ''));
  return { timers, usage, upstream, logger, sender, bodies };
}

describe('MetricsSender', () => {
  test('sends a window after each interval, and nothing for an empty one', async () => {
    const { sender, timers, usage, upstream, bodies } = setUp([{ status: 202 }]);
    sender.start();
    await timers.advance(1_000);
    expect(upstream.requests).toHaveLength(0);
    usage.count('alpha', 4, 1);
    usage.countVariant('alpha', 'one', 2);
    usage.count('__proto__', 1, 0);
    await timers.advance(1_000);
    expect(bodies()).toEqual([
      {
        appName: 'my-app',
        instanceId: 'inst-1',
        connectionId: 'connection',
        platformName: 'node',
        platformVersion: '20.0.0',
        yggdrasilVersion: null,
        specVersion: '5.2.0',
        bucket: {
          start: new Date(1_001_000).toISOString(),
          stop: new Date(1_002_000).toISOString(),
          toggles: JSON.parse(
            '{"alpha":{"yes":4,"no":1,"variants":{"one":2}},"__proto__":{"yes":1,"no":0,"variants":{}}}',
          ),
        },
      },
    ]);
    expect(upstream.requests[0]?.headers).toMatchObject({
      'Content-Type': 'application/json',
      'unleash-interval': '1000',
      Authorization: 'secret-token',
    });
  });

  test.each([400, 404, 418, 429, 500, 503])('%d: counts are kept, the next attempt comes later', async (status) => {
    const { sender, timers, usage, bodies, logger } = setUp([{ status }, { status: 202 }]);
    sender.start();
    usage.count('alpha', 1, 0);
    await timers.advance(1_000);
    expect(timers.delays).toEqual([2_000]);
    usage.count('alpha', 1, 0);
    await timers.advance(2_000);
    expect(bodies()[1].bucket.toggles.alpha.yes).toBe(2);
    expect(bodies()[1].bucket.start).toBe(bodies()[0].bucket.start);
    expect(timers.delays).toEqual([1_000]);
    expect(logger.lines[0]).toContain('kept for the next attempt');
  });

  test.each([401, 403])('%d: counts are kept and tried again as slowly as it gets', async (status) => {
    const { sender, timers, usage, bodies } = setUp([{ status }, { status: 200 }]);
    sender.start();
    usage.count('alpha', 1, 0);
    await timers.advance(1_000);
    expect(timers.delays).toEqual([11_000]);
    await timers.advance(11_000);
    expect(bodies()[1].bucket.toggles.alpha.yes).toBe(1);
  });

  test('a network failure is tried again at the next interval', async () => {
    const { sender, timers, usage, bodies } = setUp([new UpstreamError('network', 'down'), { status: 200 }]);
    sender.start();
    usage.count('alpha', 1, 0);
    await timers.advance(1_000);
    expect(timers.delays).toEqual([1_000]);
    await timers.advance(1_000);
    expect(bodies()[1].bucket.toggles.alpha.yes).toBe(1);
  });

  test('413: goes in halves, and what is left is put back at the first failure', async () => {
    const { sender, timers, usage, bodies } = setUp([
      { status: 413 },
      { status: 413 },
      { status: 200 },
      { status: 503 },
      { status: 200 },
    ]);
    sender.start();
    const names = Array.from({ length: 8 }, (_, i) => `${i}`.padEnd(3_000, 'x'));
    for (const name of names) usage.count(name, 1, 0);
    await timers.advance(1_000);
    const sizes = () => bodies().map(({ bucket }) => Object.keys(bucket.toggles).length);
    expect(sizes()).toEqual([8, 4, 2, 2]);
    await timers.advance(10_000);
    expect(sizes()).toEqual([8, 4, 2, 2, 6]);
  });

  test('413 for everything is no flood of requests', async () => {
    const { sender, timers, usage, upstream } = setUp([{ status: 413 }]);
    sender.start();
    for (let i = 0; i < 100; i++) usage.count(`${i}`.padEnd(3_000, 'x'), 1, 0);
    await timers.advance(1_000);
    expect(upstream.requests.length).toBeLessThan(10);
    expect(usage.size).toBe(100);
  });

  test('jitter moves each wait', () => {
    const late = setUp([{ status: 200 }], { jitterMs: 200, random: 1 });
    late.sender.start();
    expect(late.timers.delays).toEqual([1_200]);
    const early = setUp([{ status: 200 }], { jitterMs: 5_000, random: 0 });
    early.sender.start();
    expect(early.timers.delays).toEqual([0]);
  });

  test('an interval of 0 sends nothing, ever', async () => {
    const { sender, timers, usage, upstream } = setUp([{ status: 200 }], { intervalMs: 0 });
    sender.start();
    usage.count('alpha', 1, 0);
    await sender.stop(100);
    expect(timers.delays).toEqual([]);
    expect(upstream.requests).toHaveLength(0);
  });

  test('stop does not wait for ever for a report on its way; it is put back and sent with the last one', async () => {
    const { timers, usage, logger } = setUp([{ status: 200 }]);
    const bodies: string[] = [];
    let asked = 0;
    const sender = new MetricsSender({
      url: 'http://upstream/api/client/metrics',
      identity: testIdentity,
      usage,
      intervalMs: 1_000,
      jitterMs: 0,
      timeoutMs: 10_000,
      send: ({ body, signal }) =>
        new Promise((resolve, reject) => {
          signal?.addEventListener('abort', () => reject(new UpstreamError('aborted', 'stopped')));
          bodies.push(body ?? '');
          if (asked++ > 0) resolve({ status: 200, header: () => undefined, body: new Uint8Array() });
        }),
      timers,
      random: () => 0.5,
      logger,
    });
    sender.start();
    usage.count('alpha', 1, 0);
    await timers.advance(1_000);
    usage.count('alpha', 1, 0);
    const stopped = sender.stop(400);
    expect(sender.stop(400)).toBe(stopped);
    await timers.advance(200);
    await stopped;
    expect(bodies.map((body) => JSON.parse(body).bucket.toggles.alpha.yes)).toEqual([1, 2]);
  });

  test('stop sends what is left, once', async () => {
    const { sender, timers, usage, bodies } = setUp([{ status: 200 }]);
    sender.start();
    usage.count('alpha', 1, 0);
    await sender.stop(100);
    await sender.stop(100);
    await timers.advance(100_000);
    expect(bodies()).toHaveLength(1);
    expect(timers.delays).toEqual([]);
  });
});
