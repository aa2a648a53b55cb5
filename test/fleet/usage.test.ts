/** Usage of a fleet of real processes with a real Redis: sums, and who is asked how often; never times. */
import { describe, expect, it } from 'vitest';
import { componentOrSkip } from '../support/components.ts';
import { endedAfterEach } from '../support/ended-after-each.ts';
import { key, metricsBody, secrets } from '../support/proxy.ts';
import { command, startRedis } from '../support/redis.ts';
import type { Server } from '../support/server.ts';
import { halyards } from '../support/subjects.ts';
import { normal, startUpstream, type Upstream, type UpstreamRequest } from '../support/upstream.ts';
import { eventually } from '../support/wait.ts';
import { killHard, memberOf, startFleet } from './fleet.ts';

const available = componentOrSkip('redis', 'usage of a fleet with a real Redis');
const started = endedAfterEach();

/** What upstream took, by flag. */
function sums(requests: readonly UpstreamRequest[]): Map<string, number> {
  const all = new Map<string, number>();
  for (const { body } of requests) {
    const { toggles } = (JSON.parse(body) as { bucket: { toggles: Record<string, { yes: number }> } }).bucket;
    for (const [name, { yes }] of Object.entries(toggles)) all.set(name, (all.get(name) ?? 0) + yes);
  }
  return all;
}

/** Reports usage to a member, as an SDK does. */
async function report(member: Server, flag: string, yes: number): Promise<void> {
  const body = metricsBody({ [flag]: { yes, no: 0, variants: {} } });
  const { status } = await member.postJson('/proxy/client/metrics', body, key);
  expect(status).toBe(200);
}

/** Resolves when all members know that upstream has what they handed over. */
const allTaken = (members: readonly Server[]) =>
  eventually('all to be taken', async () => {
    const pages = await Promise.all(members.map((member) => member.get('/proxy/internal-backstage/prometheus')));
    return pages.every(({ text }) => /^halyard_fleet_usage_held_bytes 0$/m.test(text));
  });

const everybody = (members: readonly Server[], flag: string) =>
  Promise.all(members.map((member, index) => report(member, flag, index + 1)));
const total = (count: number) => (count * (count + 1)) / 2;

describe.runIf(available).each(halyards())('usage of a fleet: %s', (subject) => {
  const count = subject === 'halyard-node' ? 3 : 10;

  it('arrives in sum, whoever is killed, without Redis, and when all leave', async () => {
    const redis = started(await startRedis());
    const upstream = started(await startUpstream(), (one) => one.close());
    const members = await startFleet(subject, count, upstream, `redis://127.0.0.1:${redis.port}`);
    for (const member of members) started(member);
    const hung: UpstreamRequest[] = [];
    const taken = (from: Upstream) => from.of('metrics').filter((request) => !hung.includes(request));
    const arrives = (flag: string, sum: number) =>
      eventually(`${sum} of ${flag}`, () => sums(taken(upstream)).get(flag) === sum);

    await everybody(members, 'together');
    await arrives('together', total(count));
    // One, and another one for each that took longer than a lease.
    expect(upstream.of('register').length).toBeLessThan(count);

    const before = upstream.of('metrics').length;
    upstream.behave('metrics', { kind: 'hang' });
    await report(members[0]!, 'first', 1);
    await eventually('a member to send', () => upstream.of('metrics').length > before);
    const leader = memberOf(upstream.of('metrics').at(-1)!);
    const left = members.filter((_, member) => member !== leader);
    await everybody(left, 'killed');
    hung.push(...upstream.of('metrics').slice(before));
    await killHard(members[leader]!);
    hung.push(...upstream.of('metrics').slice(before));
    upstream.behave('metrics', normal);
    await arrives('first', 1);
    await arrives('killed', total(left.length));

    await allTaken(left);
    await redis.kill();
    await everybody(left, 'alone');
    await arrives('alone', total(left.length));
    const senders = new Set(
      taken(upstream)
        .filter(({ body }) => body.includes('"alone"'))
        .map(memberOf),
    );
    expect(senders.size).toBeGreaterThan(1);

    const again = started(await startRedis([], { port: redis.port }));
    let rounds = 0;
    await eventually('the members to be one again', async () => {
      rounds++;
      const already = upstream.of('metrics').length;
      await everybody(left, 'again');
      await arrives('again', rounds * total(left.length));
      return upstream.of('metrics').length - already < left.length;
    });
    expect(await command(again.port, 'keys', '*')).not.toMatch(/secret|127\.0\.0\.1/);

    await everybody(left, 'last');
    const ends = await Promise.all(left.map((member) => member.stop()));
    expect(ends.map(({ code }) => code)).toEqual(left.map(() => 0));
    const all = sums(taken(upstream));
    expect([...all].sort()).toEqual(
      [
        ['again', rounds * total(left.length)],
        ['alone', total(left.length)],
        ['first', 1],
        ['killed', total(left.length)],
        ['last', total(left.length)],
        ['together', total(count)],
      ].sort(),
    );
    for (const member of members) expect(member.stdout() + member.stderr()).not.toContain(secrets.apiToken);
  }, 400_000);
});
