/** A fleet of real processes with a real Redis: counts and answers, never times. */
import { describe, expect, it } from 'vitest';
import { componentOrSkip } from '../support/components.ts';
import { endedAfterEach } from '../support/ended-after-each.ts';
import { key, namesOf } from '../support/proxy.ts';
import { addSentinels, command, failoverMs, startCluster, startRedis } from '../support/redis.ts';
import type { Server } from '../support/server.ts';
import { halyards, type Subject } from '../support/subjects.ts';
import { startUpstream, type Upstream } from '../support/upstream.ts';
import { eventually } from '../support/wait.ts';
import { killHard, memberOf, startFleet, surplus } from './fleet.ts';

const available = componentOrSkip('redis', 'a fleet with a real Redis');
// Members first: they should leave a fleet that is there.
const started = endedAfterEach();

const flags = (...names: string[]) => ({
  version: 2,
  features: names.map((name) => ({ name, enabled: true, strategies: [{ name: 'default' }], variants: [] })),
});

async function upstreamWith(...names: string[]): Promise<Upstream> {
  return started(await startUpstream({ definitions: flags(...names) }), (upstream) => upstream.close());
}

async function fleetOf(subject: Subject, count: number, upstream: Upstream, url: string): Promise<Server[]> {
  const members = await startFleet(subject, count, upstream, url);
  for (const member of members) started(member);
  return members;
}

/** Polls from now on, once there are `count`. */
async function nextPolls(upstream: Upstream, count: number) {
  const before = upstream.of('features').length;
  await eventually(`${count} more polls`, () => upstream.of('features').length >= before + count);
  return upstream.of('features').slice(before);
}

const allSee = (members: readonly Server[], ...names: string[]) =>
  eventually(`${names} everywhere`, async () => {
    const seen = await Promise.all(members.map(async (member) => namesOf(await member.get('/proxy', key))));
    return seen.every((list) => list.join() === names.join());
  });

describe.runIf(available).each(halyards())('a fleet: %s', (subject) => {
  const count = subject === 'halyard-node' ? 3 : 10;

  it('polls as one; a change reaches all; whoever polls may be killed; without Redis each polls alone', async () => {
    const redis = started(await startRedis());
    const upstream = await upstreamWith('a');
    const members = await fleetOf(subject, count, upstream, `redis://127.0.0.1:${redis.port}`);
    await allSee(members, 'a');
    expect(surplus(await nextPolls(upstream, 5))).toBe(0);

    upstream.setDefinitions(flags('a', 'b'));
    await allSee(members, 'a', 'b');
    expect(surplus(await nextPolls(upstream, 4))).toBe(0);

    const leader = memberOf(upstream.of('features').at(-1)!);
    await killHard(members[leader]!);
    const left = members.filter((_, member) => member !== leader);
    await eventually('another one to poll', () => memberOf(upstream.of('features').at(-1)!) !== leader);
    const polls = await nextPolls(upstream, 4);
    expect(surplus(polls)).toBe(0);
    expect(polls.map(memberOf)).not.toContain(leader);
    upstream.setDefinitions(flags('c'));
    await allSee(left, 'c');

    await redis.kill();
    const before = upstream.of('features').length;
    const alone = () => new Set(upstream.of('features').slice(before).map(memberOf));
    await eventually('all to poll', () => alone().size === left.length);
    upstream.setDefinitions(flags('d'));
    await allSee(left, 'd');
    for (const member of left) expect(member.stdout() + member.stderr()).toContain("The fleet's Redis cannot be used");

    started(await startRedis([], { port: redis.port }));
    await eventually('all to come back', () =>
      left.every((member) => (member.stdout() + member.stderr()).includes('is there again')),
    );
    await nextPolls(upstream, 2);
    expect(surplus(await nextPolls(upstream, 4))).toBe(0);
    upstream.setDefinitions(flags('e'));
    await allSee(left, 'e');
    for (const member of members) expect(member.stdout() + member.stderr()).not.toMatch(/secret-/);
  }, 400_000);
});

describe.runIf(available)('a fleet on other kinds of Redis', () => {
  it('works with a Cluster, and keeps no credential in names', async () => {
    const nodes = (await startCluster()).map((node) => started(node));
    const upstream = await upstreamWith('a');
    const url = nodes.map(({ port }) => `redis://127.0.0.1:${port}`).join(',');
    const members = await fleetOf('halyard-bun', 3, upstream, url);
    await allSee(members, 'a');
    expect(surplus(await nextPolls(upstream, 4))).toBe(0);
    upstream.setDefinitions(flags('b'));
    await allSee(members, 'b');
    const keys = (await Promise.all(nodes.map(({ port }) => command(port, 'keys', '*')))).join();
    expect(keys).toContain('halyard:fleet:{');
    expect(keys).not.toMatch(/secret|127\.0\.0\.1/);
  });

  it('follows the Sentinels to the new master after the old one died', async () => {
    const master = started(await startRedis());
    const { sentinels } = await addSentinels(master, started);
    const hosts = sentinels.map(({ port }) => `127.0.0.1:${port}`).join(',');
    const upstream = await upstreamWith('a');
    const members = await fleetOf('halyard-bun', 3, upstream, `redis-sentinel://${hosts}/1#mymaster`);
    await allSee(members, 'a');
    expect(surplus(await nextPolls(upstream, 4))).toBe(0);
    await master.kill();
    await eventually(
      'the fleet at the new master',
      () => members.every((member) => (member.stdout() + member.stderr()).includes('is there again')),
      failoverMs,
    );
    await nextPolls(upstream, 2);
    expect(surplus(await nextPolls(upstream, 4))).toBe(0);
    upstream.setDefinitions(flags('b'));
    await allSee(members, 'b');
  });
});
