import { beforeEach, describe, expect, it } from 'vitest';
import { testRequest } from '../../../http/testing.ts';
import type { OpenUpstreamStream, UpstreamStreamRequest } from '../../../http/upstream/stream.ts';
import { UpstreamError } from '../../../http/upstream/types.ts';
import { applyDelta, type RawDefinitions } from '../../definitions/delta.ts';
import { TestLogger, TestTimers, TestUpstream } from '../metrics/testing.ts';
import type { SourceReport, TokenSource, TokenSourceSink } from '../types.ts';
import { EdgeDeltaHub } from './edge-delta.ts';
import { StreamSource } from './stream-source.ts';
import { atOnce, clientToken, definitions, flag, TestClient, TestEnvironments } from './testing.ts';

/** How the next connections go; the last one repeats. */
type Script = {
  readonly status?: number;
  readonly text?: string;
  readonly cutAfter?: number;
  readonly fails?: boolean;
};

let timers: TestTimers;
let logger: TestLogger;
let environments: TestEnvironments;
let hub: EdgeDeltaHub;
let requests: UpstreamStreamRequest[];
let script: Script[];
let state: RawDefinitions | undefined;
let documents: unknown[];
let reports: SourceReport[];
let refused: number[];
let unusable: boolean;
let source: StreamSource;

const sink: TokenSourceSink = {
  async document(document) {
    documents.push(document);
  },
  async events(delta) {
    if (unusable) throw new Error('unusable');
    state = applyDelta(state, delta).state;
  },
  refused: (status) => refused.push(status),
  checked: (report) => reports.push(report),
};

/** The hub as an upstream, over connections that break where the script says so. */
const open: OpenUpstreamStream = async (request) => {
  requests.push(request);
  const { status = 200, text, cutAfter, fails } = script.length > 1 ? (script.shift() as Script) : (script[0] ?? {});
  if (fails) throw new UpstreamError('network', 'nobody there');
  return { status, chunks: status === 200 ? read(request, text, cutAfter) : empty() };
};

async function* empty(): AsyncGenerator<Uint8Array, void, void> {}

async function* read(request: UpstreamStreamRequest, text: string | undefined, cutAfter = Number.POSITIVE_INFINITY) {
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
  const reply = hub.stream({ cacheKey: 'e', projects: ['*'] }, clientToken('t'), testRequest({ headers }));
  const client = new TestClient(reply);
  let sent = 0;
  const aborted = new Promise<void>((resolve) => request.signal.addEventListener('abort', () => resolve()));
  try {
    if (text !== undefined) yield Buffer.from(text);
    while (!request.signal.aborted) {
      const bytes = Buffer.from(text === undefined ? client.text : '');
      client.text = '';
      const piece = bytes.subarray(0, cutAfter - sent);
      sent += piece.length;
      if (piece.length > 0) yield piece;
      if (sent >= cutAfter) throw new Error('connection reset');
      await Promise.race([aborted, new Promise((resolve) => setImmediate(resolve))]);
    }
    throw new Error('aborted');
  } finally {
    client.leave();
  }
}

const upstreamChange = async (id: number) => {
  const feature = flag('ä', 'dx', id % 2 === 0);
  environments.set('e', definitions(feature), [{ type: 'feature-updated', eventId: id, feature }]);
  await hub.settled();
};
const enabled = () => (state?.features.get('ä') as { enabled?: boolean } | undefined)?.enabled;
const size = () => state?.features.size;
const create = (fallback?: () => TokenSource) => {
  const { access } = new TestUpstream();
  return new StreamSource(clientToken('*:e.secret'), sink, {
    access,
    open,
    timers,
    random: () => 0.5,
    slicing: atOnce,
    logger,
    fallback,
  });
};

beforeEach(async () => {
  timers = new TestTimers();
  logger = new TestLogger();
  environments = new TestEnvironments();
  hub = new EdgeDeltaHub({ environments, timers, slicing: atOnce, logger });
  [requests, script, documents, reports, refused] = [[], [], [], [], []];
  state = undefined;
  unusable = false;
  const start = definitions(flag('ä'));
  environments.set('e', start, [{ type: 'hydration', eventId: 10, features: start.features, segments: [] }]);
  await hub.settled();
  source = create();
});

describe('StreamSource', () => {
  it('takes everything, then what changes', async () => {
    await source.start();
    expect(enabled()).toBe(true);
    expect(requests[0]).toMatchObject({
      url: 'http://upstream/api/client/streaming',
      headers: { Authorization: '*:e.secret', Accept: 'text/event-stream' },
    });
    await upstreamChange(11);
    await timers.advance(0);
    expect(enabled()).toBe(false);
    expect(reports.map(({ outcome, etag }) => `${outcome} ${etag}`)).toEqual(['changed 10', 'changed 11']);
    source.stop();
    await timers.advance(0);
    expect(timers.pending()).not.toContain(90_000);
  });

  it('comes to the present state wherever the connection breaks, and whatever happened meanwhile', async () => {
    const length = 450;
    for (let cutAfter = 0; cutAfter <= length; cutAfter++) {
      state = undefined;
      requests = [];
      script = [{ cutAfter }, {}];
      await upstreamChange(1_000 + cutAfter * 10);
      source = create();
      void source.start();
      await settleBriefly();
      await upstreamChange(1_001 + cutAfter * 10);
      await settleBriefly();
      await upstreamChange(1_003 + cutAfter * 10);
      await timers.advance(5_000);
      expect(enabled(), `cut after ${cutAfter}`).toBe(false);
      expect(size()).toBe(1);
      source.stop();
    }
  });

  it('goes on after the last event that it took', async () => {
    script = [{ cutAfter: 250 }, {}];
    void source.start();
    await timers.advance(0);
    await upstreamChange(11);
    await upstreamChange(12);
    await timers.advance(5_000);
    expect(requests.map(({ headers }) => headers['Last-Event-ID'])).toEqual([undefined, '10']);
    expect(enabled()).toBe(true);
    source.stop();
  });

  it('connects again with growing gaps, and fetches meanwhile', async () => {
    const fallback = { started: 0, stopped: 0 };
    source = create(() => ({ start: async () => void fallback.started++, stop: () => void fallback.stopped++ }));
    script = [{ fails: true }];
    await source.start();
    for (const waitMs of [5_000, 10_000, 20_000, 30_000, 30_000]) {
      expect(timers.pending()).toContain(waitMs);
      await timers.advance(waitMs);
    }
    expect(fallback).toEqual({ started: 1, stopped: 0 });
    script = [{}];
    await timers.advance(30_000);
    expect(enabled()).toBe(true);
    expect(fallback).toEqual({ started: 1, stopped: 1 });
    expect(reports.at(-1)).toMatchObject({ outcome: 'changed', failures: 0 });
    source.stop();
  });

  it('leaves a connection that says nothing, and not one that gives signs of life', async () => {
    await source.start();
    await timers.advance(300_000);
    expect(requests).toHaveLength(1);
    source.stop();
    source = create();
    script = [{ text: ':\n\n' }];
    void source.start();
    await timers.advance(89_000);
    expect(requests).toHaveLength(2);
    await timers.advance(6_000);
    expect(requests).toHaveLength(3);
    expect(logger.lines.join()).toContain('fell silent');
    source.stop();
  });

  it.each([401, 403])('stops when upstream says %i', async (status) => {
    script = [{ status }];
    await source.start();
    expect(refused).toEqual([status]);
    await timers.advance(600_000);
    expect(requests).toHaveLength(1);
    expect(logger.lines.join()).not.toContain('secret');
  });

  it.each([404, 500, 503, 302, 204])('tries again when upstream says %i', async (status) => {
    script = [{ status }, {}];
    await source.start();
    expect(reports).toMatchObject([{ outcome: 'failed' }]);
    await timers.advance(5_000);
    expect(enabled()).toBe(true);
    source.stop();
  });

  it.each([
    ['no JSON', 'event: unleash-updated\nid: 11\ndata: {"events":[\n\n'],
    ['an endless line', `data: ${'x'.repeat(1_100_000)}`],
  ])('starts anew after %s', async (_, text) => {
    script = [{ text }, {}];
    await source.start();
    expect(enabled()).toBeUndefined();
    await timers.advance(5_000);
    expect(requests.map(({ headers }) => headers['Last-Event-ID'])).toEqual([undefined, undefined]);
    expect(enabled()).toBe(true);
    source.stop();
  });

  it('asks for everything when something could not be used', async () => {
    await source.start();
    unusable = true;
    await upstreamChange(11);
    await timers.advance(0);
    unusable = false;
    await timers.advance(5_000);
    expect(requests.map(({ headers }) => headers['Last-Event-ID'])).toEqual([undefined, undefined]);
    expect(enabled()).toBe(false);
    source.stop();
  });

  it('understands whole documents, and skips events of other kinds', async () => {
    script = [{ text: 'event: other\ndata: x\n\nevent: unleash-connected\ndata: {"version":2,"features":[]}\n\n' }];
    await source.start();
    expect(documents).toEqual([{ version: 2, features: [] }]);
    source.stop();
  });
});

async function settleBriefly(): Promise<void> {
  for (let round = 0; round < 6; round++) await new Promise((resolve) => setImmediate(resolve));
}
