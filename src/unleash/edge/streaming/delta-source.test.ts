import { beforeEach, describe, expect, it } from 'vitest';
import type { UpstreamRequest } from '../../../http/upstream/types.ts';
import { applyDelta, type RawDefinitions } from '../../definitions/delta.ts';
import { TestLogger, TestTimers, TestUpstream } from '../metrics/testing.ts';
import type { EdgeUpstreamAccess, SourceReport, TokenSource, TokenSourceSink } from '../types.ts';
import { createDeltaSource } from './delta-source.ts';
import { EdgeDeltaHub } from './edge-delta.ts';
import { atOnce, clientToken, definitions, flag, TestEnvironments } from './testing.ts';

let timers: TestTimers;
let environments: TestEnvironments;
let hub: EdgeDeltaHub;
let requests: UpstreamRequest[];
let answer: { status: number; body: string; etag?: string } | undefined;
let state: RawDefinitions | undefined;
let documents: unknown[];
let reports: SourceReport[];
let refused: number[];
let unusable: boolean;
let source: TokenSource;

const sink: TokenSourceSink = {
  document: async (document) => void documents.push(document),
  async events(delta) {
    if (unusable) throw new Error('unusable');
    state = applyDelta(state, delta).state;
  },
  refused: (status) => refused.push(status),
  checked: (report) => reports.push(report),
};

/** The hub of another Halyard as the upstream, with its tags made weak on the way. */
const access: EdgeUpstreamAccess = {
  ...new TestUpstream().access,
  headers: (token) => ({ Authorization: token ?? '' }),
  async send(request) {
    requests.push(request);
    const scope = { cacheKey: 'e', projects: ['*'] };
    const served = hub.delta(scope, request.headers['If-None-Match']);
    const found = answer ?? {
      body: '',
      etag: '',
      ...served,
      ...(served.status === 200 ? { body: String(served.body) } : {}),
    };
    return {
      status: found.status,
      body: Buffer.from(found.body),
      header: (name) => (name === 'etag' && found.etag ? `W/"${found.etag}"` : undefined),
    };
  },
};

const change = async (id: number) => {
  const feature = flag('a', 'dx', id % 2 === 0);
  environments.set('e', definitions(feature), [{ type: 'feature-updated', eventId: id, feature }]);
  await hub.settled();
};
const conditions = () => requests.map(({ headers }) => headers['If-None-Match']);

beforeEach(async () => {
  timers = new TestTimers();
  environments = new TestEnvironments();
  const logger = new TestLogger();
  hub = new EdgeDeltaHub({ environments, timers, slicing: atOnce, logger });
  [requests, documents, reports, refused] = [[], [], [], []];
  answer = undefined;
  state = undefined;
  unusable = false;
  const start = definitions(flag('a'));
  environments.set('e', start, [{ type: 'hydration', eventId: 10, features: start.features, segments: [] }]);
  await hub.settled();
  source = createDeltaSource(clientToken('*:e.s'), sink, {
    access,
    intervalMs: 15_000,
    timers,
    logger,
    slicing: atOnce,
  });
});

describe('createDeltaSource', () => {
  it('asks for what happened since the last event', async () => {
    await source.start();
    expect(requests[0]).toMatchObject({ method: 'GET', url: 'http://upstream/api/client/delta' });
    await timers.advance(15_000);
    await change(11);
    await change(12);
    await timers.advance(15_000);
    await timers.advance(15_000);
    expect(conditions()).toEqual([undefined, '"10"', '"10"', '"12"']);
    expect(state?.features.get('a')).toMatchObject({ enabled: true });
    expect(reports.map(({ outcome }) => outcome)).toEqual(['changed', 'unchanged', 'changed', 'unchanged']);
    source.stop();
  });

  it('asks for everything when something could not be used', async () => {
    await source.start();
    await change(11);
    unusable = true;
    await timers.advance(15_000);
    unusable = false;
    await timers.advance(15_000);
    expect(conditions()).toEqual([undefined, '"10"', undefined]);
    expect(state?.features.get('a')).toMatchObject({ enabled: false });
    source.stop();
  });

  it('understands a whole document, and keeps what it has when upstream fails', async () => {
    answer = { status: 200, body: '{"version":2,"features":[]}', etag: '3' };
    await source.start();
    expect(documents).toEqual([{ version: 2, features: [] }]);
    for (const status of [404, 429, 500]) {
      answer = { status, body: '' };
      await timers.advance(15_000 * 4);
    }
    expect(reports.at(-1)?.failures).toBeGreaterThan(1);
    answer = { status: 403, body: '' };
    await timers.advance(600_000);
    expect(refused).toEqual([403]);
    const { length } = requests;
    await timers.advance(600_000);
    expect(requests).toHaveLength(length);
  });
});
