/** One stream from upstream for a whole fleet, with real processes and a real Redis: who has it, and what all serve. */
import { describe, expect, it } from 'vitest';
import { e2eDocument } from '../flagsmith/api.ts';
import { CoreApi } from '../flagsmith/support/core-api.ts';
import { keyPairs, startFlagsmith } from '../flagsmith/support/halyard.ts';
import { componentOrSkip } from '../support/components.ts';
import { endedAfterEach } from '../support/ended-after-each.ts';
import { command, startRedis } from '../support/redis.ts';
import { type Server, startServer } from '../support/server.ts';
import { halyards } from '../support/subjects.ts';
import { eventually } from '../support/wait.ts';
import { killHard } from './fleet.ts';
import { startStreamUpstream } from './stream-upstream.ts';

const available = componentOrSkip('redis', 'one stream for a fleet with a real Redis');
const later = endedAfterEach();

const token = '*:development.client-secret-0001';

describe.runIf(available).each(halyards())('one stream for a fleet: %s', (subject) => {
  const count = subject === 'halyard-node' ? 3 : 6;

  it('Edge: one member holds it; a change reaches all; another one takes over; alone without Redis', async () => {
    const redis = later(await startRedis());
    const upstream = later(await startStreamUpstream(token), (one) => one.close());
    upstream.add('a');
    const start = async (member: number) => {
      const server = await startServer(subject, {
        env: {
          UPSTREAM_URL: upstream.origin,
          TOKENS: token,
          STRICT: 'true',
          STREAMING: 'true',
          INSTANCE_ID: `member-${member}`,
          // A change in time comes by the stream.
          FEATURES_REFRESH_INTERVAL_SECONDS: '600',
          HALYARD_FLEET_REDIS_URL: `redis://127.0.0.1:${redis.port}`,
        },
        args: ['edge'],
        waitFor: 'nothing',
      });
      later(server);
      await eventually('Edge to listen', () => server.stdout().includes('is listening'));
      return server;
    };
    const members = await Promise.all(Array.from({ length: count }, (_, member) => start(member)));
    const names = async (member: Server) => {
      const { status, text } = await member.get('/api/client/features', { authorization: token });
      return status === 200
        ? (JSON.parse(text) as { features: { name: string }[] }).features.map(({ name }) => name).join()
        : '';
    };
    const allSee = (of: readonly Server[], list: string) =>
      eventually(`${list} everywhere`, async () => (await Promise.all(of.map(names))).every((one) => one === list));

    await allSee(members, 'a');
    expect(upstream.asked.length).toBeLessThan(count);
    await eventually('a stream', () => upstream.streams.length === 1);
    upstream.add('b');
    await allSee(members, 'a,b');
    expect([upstream.opened, upstream.streams.length]).toEqual([1, 1]);
    expect(upstream.asked.length).toBeLessThan(count);

    const leader = Number(upstream.streams[0]?.slice('member-'.length));
    await killHard(members[leader]!);
    const left = members.filter((_, member) => member !== leader);
    await eventually('another member to take over', () => upstream.opened === 2 && upstream.streams.length === 1);
    expect(upstream.streams).not.toContain(`member-${leader}`);
    upstream.add('c');
    await allSee(left, 'a,b,c');
    expect([upstream.opened, upstream.streams.length]).toEqual([2, 1]);
    const figures = await Promise.all(left.map(async (one) => (await one.get('/internal-backstage/metrics')).text));
    const held = figures.map((text) => Number(/^halyard_fleet_streams\{role="held"\} (\d+)$/m.exec(text)?.[1]));
    expect(held.reduce((sum, one) => sum + one)).toBe(1);

    // Connections that hear messages break, and what is said until they are back is lost.
    await command(redis.port, 'client', 'kill', 'type', 'pubsub');
    upstream.add('d');
    await allSee(left, 'a,b,c,d');

    await redis.kill();
    await eventually('all to have a stream', () => new Set(upstream.streams).size === left.length);
    upstream.add('e');
    await allSee(left, 'a,b,c,d,e');

    later(await startRedis([], { port: redis.port }));
    await eventually('one stream again', () => upstream.streams.length === 1);
    upstream.add('f');
    await allSee(left, 'a,b,c,d,e,f');
    for (const member of members) expect(member.stdout() + member.stderr()).not.toContain('client-secret');
  }, 400_000);

  it('Flagsmith: one member listens to the realtime service, and all get the change', async () => {
    const redis = later(await startRedis());
    const core = later(await CoreApi.start(), (one) => one.close());
    core.documents.set('ser.one', e2eDocument({ updated_at: '2026-01-01T00:00:00+00:00' }));
    const settings = {
      ...keyPairs(['ser.one', 'client1']),
      API_POLL_FREQUENCY_SECONDS: '600',
      HALYARD_FLAGSMITH_REALTIME: 'true',
      HALYARD_FLAGSMITH_REALTIME_URL: core.origin,
      HALYARD_FLEET_REDIS_URL: `redis://127.0.0.1:${redis.port}`,
    };
    const start = async () => later(await startFlagsmith(subject, core, settings));
    const members = await Promise.all([start(), start(), start()]);
    await eventually('a stream', () => core.streams('client1') === 1);
    const changed = JSON.parse(e2eDocument({ updated_at: '2026-02-02T00:00:00+00:00' })) as {
      feature_states: unknown[];
    };
    changed.feature_states = changed.feature_states.slice(0, 1);
    core.documents.set('ser.one', JSON.stringify(changed));
    core.announce('client1', Date.parse('2026-02-02T00:00:00Z') / 1_000);
    await eventually('the change everywhere', async () => {
      const replies = await Promise.all(
        members.map((one) => one.get('/api/v1/flags/', { 'x-environment-key': 'client1' })),
      );
      return replies.every(({ text }) => JSON.parse(text).length === 1);
    });
    expect(core.streams('client1')).toBe(1);
  });
});
