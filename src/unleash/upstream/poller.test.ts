import { describe, expect, test } from 'vitest';
import { UpstreamError } from '../../http/upstream/types.ts';
import { Poller, type PollOutcome } from './poller.ts';
import { ManualTimers, recordingLogger, type Scripted, scriptedUpstream, testIdentity } from './testing.ts';

const url = 'http://upstream/api/client/features';

function setUp(
  script: Scripted[],
  options: { intervalMs?: number; accept?: (body: Uint8Array) => Promise<void> } = {},
) {
  const timers = new ManualTimers();
  const logger = recordingLogger();
  const upstream = scriptedUpstream(...script);
  const outcomes: PollOutcome[] = [];
  const bodies: string[] = [];
  const poller = new Poller({
    url,
    identity: testIdentity,
    intervalMs: options.intervalMs ?? 5_000,
    timeoutMs: 10_000,
    limitBytes: 1_000,
    send: upstream.send,
    timers,
    logger,
    accept: options.accept ?? (async (body) => void bodies.push(new TextDecoder().decode(body))),
    onPolled: (outcome) => outcomes.push(outcome),
  });
  return { timers, logger, upstream, outcomes, bodies, poller };
}

describe('Poller', () => {
  test('introduces itself and sends the entity tag it got', async () => {
    const { poller, timers, upstream, bodies, outcomes } = setUp([
      { status: 200, headers: { etag: '"a"' }, body: '{}' },
      { status: 304 },
    ]);
    await poller.start();
    await timers.advance(5_000);
    expect(upstream.requests[0]?.headers).toEqual({
      'User-Agent': 'my-app',
      'unleash-appname': 'my-app',
      'UNLEASH-INSTANCEID': 'inst-1',
      'unleash-sdk': 'halyard:1.0.0',
      Authorization: 'secret-token',
      'unleash-connection-id': 'connection',
      'unleash-interval': '5000',
      Accept: '*/*',
      'Unleash-Client-Spec': '5.2.0',
    });
    expect(upstream.requests[1]?.headers['If-None-Match']).toBe('"a"');
    expect(bodies).toEqual(['{}']);
    expect(outcomes).toEqual(['changed', 'unchanged']);
    expect(timers.delays).toEqual([5_000]);
  });

  test('an answer without an entity tag clears the stored one', async () => {
    const { poller, timers, upstream } = setUp([{ status: 200, headers: { etag: '"a"' } }, { status: 200 }]);
    await poller.start();
    await timers.advance(10_000);
    expect(upstream.requests[2]?.headers['If-None-Match']).toBeUndefined();
  });

  test.each([401, 403])('%d: keeps polling, as slowly as it gets, and says what to do', async (status) => {
    const { poller, timers, upstream, logger, outcomes } = setUp([{ status }]);
    await poller.start();
    expect(timers.delays).toEqual([55_000]);
    expect(logger.lines[0]).toContain(`${url} responded ${status} which means your API key is not allowed to connect`);
    expect(logger.lines[0]).toContain('UNLEASH_API_TOKEN');
    await timers.advance(55_000);
    expect(upstream.requests).toHaveLength(2);
    expect(outcomes).toEqual(['refused', 'refused']);
  });

  test('404: one attempt, longer and longer waits up to eleven intervals, with a warning', async () => {
    const { poller, timers, upstream, logger } = setUp([{ status: 404 }]);
    await poller.start();
    expect(upstream.requests).toHaveLength(1);
    expect(timers.delays).toEqual([10_000]);
    expect(logger.lines).toEqual([`warn ${url} responded 404. Trying again in 10 s`]);
    await timers.advance(10_000_000);
    expect(Math.max(...timers.delays)).toBeLessThanOrEqual(55_000);
  });

  test.each([429, 500, 502, 503, 504])('%d: three attempts a second and two apart, then backs off', async (status) => {
    const { poller, timers, upstream } = setUp([{ status }]);
    void poller.start();
    await timers.advance(0);
    expect(timers.delays).toEqual([1_000]);
    await timers.advance(1_000);
    expect(timers.delays).toEqual([2_000]);
    await timers.advance(2_000);
    expect(upstream.requests).toHaveLength(3);
    expect(timers.delays).toEqual([10_000]);
  });

  test('waits become shorter again with every success', async () => {
    const { poller, timers } = setUp([{ status: 404 }, { status: 404 }, { status: 200 }, { status: 304 }]);
    await poller.start();
    await timers.advance(10_000);
    expect(timers.delays).toEqual([15_000]);
    await timers.advance(15_000);
    expect(timers.delays).toEqual([10_000]);
    await timers.advance(10_000);
    expect(timers.delays).toEqual([5_000]);
  });

  test('other answers are logged and asked again after the interval', async () => {
    const { poller, timers, logger, upstream } = setUp([{ status: 418 }]);
    await poller.start();
    expect(upstream.requests).toHaveLength(1);
    expect(timers.delays).toEqual([5_000]);
    expect(logger.lines).toEqual([
      'error Error: Unleash Repository error: Response was not statusCode 2XX, but was 418',
    ]);
  });

  test.each([
    ['network', 3, 5_000],
    ['timeout', 3, 5_000],
    ['reset', 3, 2_500],
    ['cut-off', 1, 5_000],
    ['too-large', 1, 5_000],
    ['invalid-url', 1, 5_000],
  ] as const)('%s: %d attempts, then %d ms', async (failure, attempts, delayMs) => {
    const { poller, timers, upstream, logger, outcomes } = setUp([new UpstreamError(failure, 'broken')]);
    void poller.start();
    await timers.advance(3_000);
    expect(upstream.requests).toHaveLength(attempts);
    expect(outcomes).toEqual(['failed']);
    expect(logger.lines[0]).toContain('Unleash Repository error: broken');
    const spent = attempts === 1 ? 3_000 : 0;
    expect(timers.delays).toEqual([delayMs - spent]);
  });

  test('a body that cannot be used is asked for again, without its entity tag', async () => {
    const { poller, timers, upstream, outcomes, logger } = setUp([{ status: 200, headers: { etag: '"a"' } }], {
      accept: async () => {
        throw new Error('no features');
      },
    });
    await poller.start();
    await timers.advance(5_000);
    expect(outcomes).toEqual(['unusable', 'unusable']);
    expect(upstream.requests[1]?.headers['If-None-Match']).toBeUndefined();
    expect(logger.lines[0]).toBe('error Error: Unleash Repository error: no features');
  });

  test('polls once with an interval of 0', async () => {
    const { poller, timers } = setUp([{ status: 200 }], { intervalMs: 0 });
    await poller.start();
    expect(timers.delays).toEqual([]);
  });

  test('stop ends everything', async () => {
    const { poller, timers, upstream } = setUp([{ status: 500 }]);
    void poller.start();
    await timers.advance(0);
    poller.stop();
    await timers.advance(1_000_000);
    expect(upstream.requests).toHaveLength(1);
    expect(upstream.requests[0]?.signal?.aborted).toBe(true);
  });
});
