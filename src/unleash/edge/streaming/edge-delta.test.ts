import { beforeEach, describe, expect, it } from 'vitest';
import { testRequest } from '../../../http/testing.ts';
import { TestLogger, TestTimers } from '../metrics/testing.ts';
import { defaultEdgeDeltaLimits, EdgeDeltaHub, type EdgeDeltaLimits } from './edge-delta.ts';
import { atOnce, clientToken, definitions, flag, TestClient, TestEnvironments } from './testing.ts';

let environments: TestEnvironments;
let timers: TestTimers;
let hub: EdgeDeltaHub;
let logger: TestLogger;
const create = (limits: Partial<EdgeDeltaLimits> = {}) =>
  new EdgeDeltaHub({
    environments,
    timers,
    slicing: atOnce,
    logger,
    limits: { ...defaultEdgeDeltaLimits, ...limits },
  });
const scope = (projects: readonly string[] = ['*']) => ({ cacheKey: 'e', projects });
const open = (token = '*:e.a', projects: readonly string[] = ['*'], lastEventId?: string) =>
  new TestClient(
    hub.stream(
      scope(projects),
      clientToken(token, projects),
      testRequest({ headers: lastEventId === undefined ? {} : { 'last-event-id': lastEventId } }),
    ),
  );
/** Upstream's n-th change: flag `a` is of project dx, `b` of eg. */
const change = async (id: number, name = 'a', project = 'dx') => {
  const feature = flag(name, project, id % 2 === 0);
  const others = environments.current('e')?.features.filter((held) => held.name !== name) ?? [];
  environments.set('e', definitions(...others, feature), [{ type: 'feature-updated', eventId: id, feature }]);
  await hub.settled();
};

beforeEach(async () => {
  environments = new TestEnvironments();
  timers = new TestTimers();
  logger = new TestLogger();
  hub = create();
  const start = definitions(flag('a'), flag('b', 'eg'));
  environments.set('e', start, [{ type: 'hydration', eventId: 10, features: start.features, segments: [] }]);
  await hub.settled();
});

describe('streams', () => {
  it('start with everything and go on with what changes, by scope', async () => {
    const all = open();
    const dx = open('dx:e.a', ['dx']);
    expect(all.text).toBe(
      'id: 10\nevent: unleash-connected\ndata: {"events":[{"type":"hydration","eventId":10,"features":' +
        '[{"name":"a","project":"dx","enabled":true},{"name":"b","project":"eg","enabled":true}],"segments":[]}]}\n\n',
    );
    expect(dx.text).not.toContain('"b"');
    all.take();
    dx.take();
    await change(11, 'b', 'eg');
    expect(all.text).toBe(
      'id: 11\nevent: unleash-updated\ndata: {"events":[{"type":"feature-updated","eventId":11,"feature":' +
        '{"name":"b","project":"eg","enabled":false}}]}\n\n',
    );
    expect(dx.text).toBe('');
    await change(12);
    expect(dx.take()).toEqual(['unleash-updated 12']);
  });

  it('give a client that comes back what it missed, or everything where that is forgotten', async () => {
    await change(11);
    await change(12, 'b', 'eg');
    expect(open('t', ['*'], '10').take()).toEqual(['unleash-updated 12']);
    expect(open('t', ['dx'], '10').text).toContain('"eventId":11');
    expect(open('t', ['*'], '12').text).toBe(':\n\n');
    expect(open('t', ['*'], '9').take()).toEqual(['unleash-connected 12']);
    expect(open('t', ['*'], '99').take()).toEqual(['unleash-connected 12']);
    expect(open('t', ['*'], 'nonsense').take()).toEqual(['unleash-connected 12']);
  });

  it('hold nothing back for a client that does not read, and catch it up when it does', async () => {
    const client = open();
    client.take();
    client.reads = false;
    await change(11);
    for (let id = 12; id < 50; id++) await change(id);
    expect(client.take()).toEqual(['unleash-updated 11']);
    client.resume();
    expect(client.take()).toEqual(['unleash-updated 49']);
    client.reads = false;
    for (let id = 50; id < 500; id++) await change(id);
    client.take();
    client.resume();
    expect(client.take()).toEqual(['unleash-connected 499']);
  });

  it('go on after a connection that fails when it is written to', async () => {
    const failing = open();
    const good = open();
    good.take();
    failing.write = () => {
      throw new Error('write after end');
    };
    await change(11);
    expect(logger.lines).toEqual(['error A change could not be passed on to streams: write after end']);
    failing.leave();
    await change(12);
    expect(good.take()).toEqual(['unleash-updated 12']);
    expect(good.text).toBe('');
  });

  it('cut off a client that reads nothing for long, and nobody else', async () => {
    const slow = open();
    const good = open();
    slow.reads = false;
    await change(11);
    await timers.advance(59_000);
    expect(slow.ended).toBe('open');
    await timers.advance(31_000);
    expect([slow.ended, good.ended]).toEqual(['abort', 'open']);
    expect(hub.figures.stalled).toBe(1);
    expect(hub.connectedClients).toBe(1);
  });

  it('send a sign of life', async () => {
    const client = open();
    client.take();
    await timers.advance(30_000);
    await timers.advance(30_000);
    expect(client.text).toBe(':\n\n:\n\n');
  });

  it('end when their token is revoked, their environment dropped, or their time is up', async () => {
    const [revoked, other] = [open('revoked'), open('other')];
    hub.revoke('revoked');
    expect([revoked.ended, other.ended]).toEqual(['end', 'open']);
    environments.set('e', undefined);
    await hub.settled();
    expect(other.ended).toBe('end');
    expect(hub.connectedClients).toBe(0);
    hub = create({ longestMs: 45_000 });
    const client = open();
    await timers.advance(30_000);
    expect(client.ended).toBe('open');
    await timers.advance(30_000);
    expect(client.ended).toBe('end');
  });

  it('are bounded in number, and forgotten when clients leave', async () => {
    timers = new TestTimers();
    hub = create({ streams: 2 });
    const clients = [open(), open(), open()];
    expect(clients.map(({ status }) => status)).toEqual([200, 200, 429]);
    clients[0]?.leave();
    expect(hub.connectedClients).toBe(1);
    expect(open().status).toBe(200);
    hub.close();
    expect(hub.connectedClients).toBe(0);
    expect(open().status).toBe(503);
    expect(timers.pending()).not.toContain(30_000);
  });

  it('wait for definitions that are not there yet', async () => {
    const client = new TestClient(hub.stream({ cacheKey: 'late', projects: ['*'] }, clientToken('t'), testRequest({})));
    expect(client.text).toBe(':\n\n');
    environments.set('late', definitions(flag('x')));
    await hub.settled();
    expect(client.text).toContain('unleash-connected');
  });
});

describe('the delta API', () => {
  it('answers with everything, with what changed, or with nothing', async () => {
    expect(hub.delta({ cacheKey: 'unknown', projects: ['*'] }, undefined)).toEqual({ status: 404 });
    expect(hub.delta(scope(), undefined)).toMatchObject({ status: 200, etag: '10' });
    expect(hub.delta(scope(), '"10"')).toEqual({ status: 304 });
    await change(11);
    await change(12, 'b', 'eg');
    expect(hub.delta(scope(['dx']), '"10"')).toMatchObject({ status: 200, etag: '11' });
    expect(hub.delta(scope(), '"10"')).toMatchObject({ status: 200, etag: '12' });
    expect(hub.delta(scope(['dx']), '"11"')).toEqual({ status: 304 });
  });

  it('knows what was held before it was made', () => {
    hub = create();
    expect(hub.delta(scope(), undefined)).toMatchObject({ status: 200 });
  });
});
