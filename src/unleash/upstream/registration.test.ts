import { expect, test } from 'vitest';
import { UpstreamError } from '../../http/upstream/types.ts';
import { register } from './registration.ts';
import { ManualTimers, recordingLogger, type Scripted, scriptedUpstream, testIdentity } from './testing.ts';

function setUp(...script: Scripted[]) {
  const timers = new ManualTimers();
  const upstream = scriptedUpstream(...script);
  const stop = new AbortController();
  const done = register({
    url: 'http://upstream/api/client/register',
    identity: testIdentity,
    strategies: ['default', 'mine'],
    startedAtMs: 0,
    metricsIntervalMs: 1_000,
    timeoutMs: 10_000,
    send: upstream.send,
    timers,
    logger: recordingLogger(),
    signal: stop.signal,
  });
  return { timers, upstream, stop, done };
}

test('says who runs here, with custom strategies and a numeric interval', async () => {
  const { upstream, done } = setUp({ status: 202 });
  await done;
  expect(upstream.requests).toHaveLength(1);
  expect(upstream.requests[0]?.headers['unleash-interval']).toBe('1000');
  expect(JSON.parse(upstream.requests[0]?.body ?? '')).toEqual({
    appName: 'my-app',
    instanceId: 'inst-1',
    connectionId: 'connection',
    sdkVersion: 'halyard:1.0.0',
    strategies: ['default', 'mine'],
    started: '1970-01-01T00:00:00.000Z',
    interval: 1_000,
    platformName: 'node',
    platformVersion: '20.0.0',
    yggdrasilVersion: null,
    specVersion: '5.2.0',
  });
});

test('tries a few times and then leaves it', async () => {
  const { upstream, timers, done } = setUp({ status: 500 }, new UpstreamError('network', 'down'), { status: 500 });
  await timers.advance(100_000);
  await done;
  expect(upstream.requests).toHaveLength(5);
});

test('stops with the process', async () => {
  const { upstream, timers, stop, done } = setUp({ status: 500 });
  await timers.advance(0);
  stop.abort();
  await timers.advance(1_000);
  await done;
  expect(upstream.requests).toHaveLength(1);
});
