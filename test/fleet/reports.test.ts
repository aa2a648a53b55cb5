/** Reports of a fleet's members over a real Redis, in one process: sums and requests, never times. */
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ReportKind } from '../../src/flags/report-kind.ts';
import { flagsmithReports } from '../../src/flagsmith/upstream/report-kinds.ts';
import { MergedReports } from '../../src/fleet/reports/merged-reports.ts';
import { createRedisReportMemory } from '../../src/fleet/reports/redis-report-memory.ts';
import { type FleetRedis, openFleetRedis } from '../../src/fleet/sharing/fleet-redis.ts';
import { UpstreamError, type UpstreamResponse } from '../../src/http/upstream/types.ts';
import { systemTimers } from '../../src/operations/system-timers.ts';
import { usageReports } from '../../src/unleash/upstream/usage-report.ts';
import { componentOrSkip } from '../support/components.ts';
import { addSentinels, command, failoverMs, type RedisServer, startCluster, startRedis } from '../support/redis.ts';
import { eventually } from '../support/wait.ts';
import { TakingUpstream, usage } from './taking-upstream.ts';

const available = componentOrSkip('redis', 'reports of a fleet with a real Redis');
const intervalMs = 300;
const url = 'http://upstream/api/client/metrics';
const bounds = { limitBytes: 100_000, limitEntries: 100, keepMs: 6_000 };

interface Member {
  readonly reports: MergedReports;
  readonly redis: FleetRedis;
  /** Ends it as a crash would: it says and hears nothing any more. */
  die(): void;
  count(flag: string, yes?: number, timeoutMs?: number): Promise<number>;
}

describe.runIf(available)('reports of a fleet', () => {
  let server: RedisServer;
  let upstream: TakingUpstream;
  const members: Member[] = [];
  const others: RedisServer[] = [];
  const warnings: string[] = [];

  beforeEach(async () => {
    server = await startRedis();
    upstream = new TakingUpstream();
  });

  afterEach(async () => {
    for (const one of members.splice(0)) one.die();
    for (const one of [server, ...others.splice(0)]) await one.stop();
  });

  function member(
    kind: ReportKind = usageReports(intervalMs),
    redisUrls = [`redis://127.0.0.1:${server.port}`],
    more = bounds,
  ): Member {
    const number = members.length;
    const own = upstream;
    const redis = openFleetRedis({ redisUrls, name: 'f', reports: more }, Math.random);
    let isDead = false;
    const never = new Promise<UpstreamResponse>(() => undefined);
    const reports = new MergedReports(({ method }) => (method === 'POST' ? kind : undefined), {
      send: (request) => (isDead ? never : own.send(number, request)),
      memory: createRedisReportMemory(redis),
      memberId: `m${number}`,
      idleMs: 0,
      bounds: more,
      warn: (_, message) => warnings.push(message),
      timers: { now: Date.now, set: (run, ms) => systemTimers.set(() => isDead || run(), ms) },
      random: Math.random,
      slicing: { elapsedMs: () => performance.now(), yieldNow: () => new Promise((resolve) => setImmediate(resolve)) },
      randomId: randomUUID,
    });
    const one: Member = {
      reports,
      redis,
      die() {
        isDead = true;
        redis.close();
      },
      count: async (flag, yes = 1, timeoutMs = 2_000) => {
        const headers = { Authorization: 'secret-token', 'UNLEASH-INSTANCEID': `i${number}` };
        const request = {
          method: 'POST',
          url,
          headers,
          body: usage(flag, yes),
          timeoutMs,
          limitBytes: 1_000,
        } as const;
        return (await reports.send(request)).status;
      },
    };
    members.push(one);
    return one;
  }

  const fleet = (count: number) => Array.from({ length: count }, () => member());
  const arrived = (sums: Record<string, number>) =>
    eventually(`${JSON.stringify(sums)}`, () => JSON.stringify(upstream.sums()) === JSON.stringify(sums));
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

  it('are added up, and sent by one member', async () => {
    const all = fleet(10);
    expect(await all[0]!.count('a')).toBe(202);
    await arrived({ a: 1 });
    expect(await Promise.all(all.map((one) => one.count('a', 2)))).toEqual(Array(10).fill(202));
    await arrived({ a: 21 });
    expect(upstream.asked.length).toBeLessThan(10);
    const merged = all.map(({ reports }) => reports.figures.merged).reduce((a, b) => a + b);
    expect(merged).toBe(11);
    const keys = await command(server.port, 'keys', '*');
    expect(keys).toMatch(/^f:fleet:\{/);
    expect(keys).not.toMatch(/secret|upstream/);
    // Done with: nobody keeps anything.
    await eventually('copies to be forgotten', () => all.every(({ reports }) => reports.poolFigures().heldBytes === 0));
    await pause(2 * intervalMs);
    expect(upstream.sums()).toEqual({ a: 21 });
  });

  it('outlive the member that was sending them', async () => {
    const all = fleet(3);
    let hangs = 0;
    upstream.answer = () => {
      hangs++;
      return new Promise(() => undefined);
    };
    await all[0]!.count('a');
    await eventually('the first to send', () => hangs > 0);
    await Promise.all([all[1]!.count('a', 10), all[2]!.count('a', 100)]);
    all[0]!.die();
    upstream.answer = async () => 202;
    await eventually('all of it', () => upstream.sums().a === 111);
    await pause(3 * intervalMs);
    expect(upstream.sums()).toEqual({ a: 111 });
  });

  it('stay with their members while upstream is in trouble, of which one member hears', async () => {
    const [one, two, three] = fleet(3) as [Member, Member, Member];
    upstream.answer = async () => 503;
    expect(await one.count('a')).toBe(202);
    await eventually('trouble', () => upstream.asked.length > 0 && one.reports.figures.sent.kept > 0);
    expect([await two.count('a'), await three.count('a'), await one.count('a')]).toEqual([503, 503, 503]);
    expect(new Set(upstream.asked.map(({ member }) => member)).size).toBeLessThanOrEqual(2);
    upstream.answer = async () => 202;
    await arrived({ a: 1 });
    expect(await two.count('a', 5)).toBe(202);
    await arrived({ a: 6 });
  });

  it('go in halves when they are too large together, and are dropped when they cannot go at all', async () => {
    const [one, two] = fleet(2) as [Member, Member];
    await one.count('first');
    await arrived({ first: 1 });
    upstream.answer = async ({ body = '' }) =>
      body.includes('"x"') && body.includes('"y"') ? 413 : body.includes('"z"') ? 413 : 202;
    await Promise.all([one.count('x'), two.count('y'), two.count('z')]);
    await eventually('both', () => upstream.sums().x === 1 && upstream.sums().y === 1);
    await eventually('the end', async () => (await command(server.port, 'keys', '*:sending')) === '');
    expect(upstream.sums()).toEqual({ first: 1, x: 1, y: 1 });
    const line = 'Usage of the fleet is dropped: http://upstream/api/client/metrics responded 413';
    expect(warnings.filter((message) => message === line)).toHaveLength(1);
    expect(warnings.join()).not.toContain('secret');
  });

  it('are handed over again when Redis has lost them', async () => {
    const [one, two] = fleet(2) as [Member, Member];
    await one.count('a');
    await arrived({ a: 1 });
    upstream.answer = async () => 503;
    await one.count('a', 2);
    await eventually('trouble', () => one.reports.figures.sent.kept + two.reports.figures.sent.kept > 0);
    await command(server.port, 'flushall');
    upstream.answer = async () => 202;
    await arrived({ a: 3 });
    await pause(3 * intervalMs);
    expect(upstream.sums()).toEqual({ a: 3 });
  });

  it('without Redis go alone, those that had been handed over too; with Redis again together', async () => {
    const all = fleet(4);
    upstream.answer = async () => 503;
    await all[0]!.count('a');
    await eventually('trouble', () => upstream.asked.length > 0);
    await server.kill();
    upstream.answer = async () => 202;
    const statuses = await Promise.all(all.map((one) => one.count('a', 10)));
    expect(statuses).toEqual(Array(4).fill(202));
    await Promise.all(all.map((one) => one.count('a', 100)));
    await arrived({ a: 441 });
    others.push(await startRedis([], { port: server.port }));
    const handedOver = () => all.map(({ reports }) => reports.figures.handedOver);
    const before = handedOver();
    let sum = 441;
    await eventually('the fleet to be one again', async () => {
      for (const one of all) await one.count('a');
      sum += all.length;
      return handedOver().every((count, index) => count > before[index]!);
    });
    await arrived({ a: sum });
    await pause(3 * intervalMs);
    expect(upstream.sums()).toEqual({ a: sum });
  });

  it('of a leaving member stay with the others; the last one sends what is left', async () => {
    const [one, two] = fleet(2) as [Member, Member];
    await one.count('a');
    await two.count('a');
    await arrived({ a: 2 });
    upstream.answer = async () => 503;
    await one.count('a', 10);
    await eventually('trouble', () => one.reports.figures.sent.kept + two.reports.figures.sent.kept > 0);
    one.reports.prepareToLeave();
    expect(await one.count('a', 100)).toBe(202);
    await one.reports.leave(60_000);
    one.die();
    two.reports.prepareToLeave();
    expect(await two.count('a', 1_000)).toBe(202);
    upstream.answer = async () => 202;
    await two.reports.leave(60_000);
    expect(upstream.sums()).toEqual({ a: 1_112 });
  });

  it('past the bounds of Redis go alone', async () => {
    const one = member(undefined, undefined, { ...bounds, limitEntries: 2 });
    upstream.answer = async () => 503;
    await one.count('a');
    await eventually('trouble', () => upstream.asked.length > 0);
    one.reports.prepareToLeave();
    expect(await one.count('a', 10)).toBe(202);
    // What waits in Redis goes on waiting.
    upstream.answer = async ({ body }) => (body === usage('b', 100) ? 202 : 503);
    expect(await one.count('b', 100)).toBe(202);
    expect(one.reports.figures.alone).toBe(1);
    expect(upstream.sums()).toEqual({ b: 100 });
  });

  it('wait for a sender that died no longer than two minutes, where requests have no limit of time', async () => {
    const one = member();
    upstream.answer = () => new Promise(() => undefined);
    await one.count('a', 1, 2 ** 31 - 1);
    await eventually('a request', () => upstream.asked.length > 0);
    expect(upstream.asked[0]!.request.timeoutMs).toBe(60_000);
    const [state = ''] = (await command(server.port, 'keys', '*:state')).split('\n');
    const until = Number(await command(server.port, 'hget', state.trim(), 'until'));
    expect(until - Date.now()).toBeGreaterThan(60_000);
    expect(until - Date.now()).toBeLessThanOrEqual(120_000);
  });

  it('wait as long as upstream says, however often it failed', async () => {
    const one = member();
    upstream.answer = async () => 503;
    await one.count('a');
    await eventually('two failures', () => upstream.asked.length >= 2);
    upstream.retryAfter = '600';
    const before = upstream.asked.length;
    await eventually('an answer that says how long', () => upstream.asked.length > before);
    const [state = ''] = (await command(server.port, 'keys', '*:state')).split('\n');
    const due = async () => Number(await command(server.port, 'hget', state.trim(), 'due'));
    await eventually('it to be kept', async () => (await due()) - Date.now() > 500_000);
    expect((await due()) - Date.now()).toBeLessThanOrEqual(600_000);
  });

  it('end their pool when nobody reports any more, and begin a new one later', async () => {
    const [one, two] = fleet(2) as [Member, Member];
    let sum = 0;
    for (let turn = 0; turn < 3; turn++) {
      expect([await one.count('a', 1), await two.count('a', 10)]).toEqual([202, 202]);
      expect([one.reports.size, two.reports.size]).toEqual([1, 1]);
      sum += 11;
      await arrived({ a: sum });
      await eventually('the end', () => one.reports.size + two.reports.size === 0);
      for (const key of (await command(server.port, 'keys', '*:state')).split('\n')) {
        expect(await command(server.port, 'hkeys', key.trim())).not.toMatch(/held:|seen:/);
      }
    }
    await pause(3 * intervalMs);
    expect(upstream.sums()).toEqual({ a: sum });
    expect(one.reports.figures.alone + two.reports.figures.alone).toBe(0);
  });

  it('go on when somebody else says something on the channel', async () => {
    const [one, two] = [member(), member()];
    await one.count('a');
    await arrived({ a: 1 });
    for (const text of ['no JSON', '1', '[1,2]', '["f:fleet:{x}:state",null]', '["f:fleet:{x}:state",{"m0":"9"}]']) {
      await command(server.port, 'publish', 'f:fleet:taken', text);
    }
    await two.count('a');
    await arrived({ a: 2 });
  });

  it('keep their idempotency key when another member sends them again', async () => {
    const apiUrl = 'http://core/api/v1';
    const kind = { ...flagsmithReports(apiUrl).get(`${apiUrl}/proxy/usage/`)!, intervalMs };
    const send = (one: Member, count: number) => {
      const headers = { 'X-Proxy-Key': 'secret', 'Idempotency-Key': `own-${count}` };
      const body = JSON.stringify([{ client_side_key: 'c', resource: 'flags', count }]);
      return one.reports.send({
        method: 'POST',
        url: `${apiUrl}/proxy/usage/`,
        headers,
        body,
        timeoutMs: 1_000,
        limitBytes: 1_000,
      });
    };
    const [one, two] = [member(kind), member(kind)];
    let tries = 0;
    upstream.answer = async () => {
      if (++tries < 3) throw new UpstreamError('network', 'cut off');
      return 200;
    };
    await send(one, 1);
    await eventually('a try', () => tries > 0);
    await send(two, 2);
    await eventually('it to arrive', () => upstream.taken.length > 0);
    const ids = upstream.asked.slice(0, 3).map(({ request }) => request.headers['Idempotency-Key']);
    expect(new Set(ids).size).toBe(1);
    expect(ids[0]).not.toMatch(/own/);
    expect(upstream.taken.map(({ body }) => body)).toEqual(['[{"client_side_key":"c","resource":"flags","count":1}]']);
  });

  it('work with Sentinels, also while another server becomes the master', async () => {
    const { sentinels } = await addSentinels(server, (one) => {
      others.push(one);
      return one;
    });
    const url = `redis-sentinel://${sentinels.map(({ port }) => `127.0.0.1:${port}`).join(',')}#mymaster`;
    const all = [member(undefined, [url]), member(undefined, [url]), member(undefined, [url])];
    await Promise.all(all.map((one) => one.count('a')));
    await arrived({ a: 3 });
    await eventually('copies to be forgotten', () => all.every(({ reports }) => reports.poolFigures().heldBytes === 0));
    await server.kill();
    await Promise.all(all.map((one) => one.count('a', 10)));
    let sum = 33;
    const handedOver = () => all.map(({ reports }) => reports.figures.handedOver);
    const before = handedOver();
    await eventually(
      'the fleet at the new master',
      async () => {
        for (const one of all) await one.count('a');
        sum += all.length;
        return handedOver().every((count, index) => count > before[index]!);
      },
      failoverMs,
      200,
    );
    await eventually('all of it', () => upstream.sums().a === sum);
    await pause(3 * intervalMs);
    expect(upstream.sums()).toEqual({ a: sum });
  });

  it('work with a Cluster', async () => {
    const nodes = await startCluster();
    others.push(...nodes);
    const urls = nodes.map(({ port }) => `redis://127.0.0.1:${port}`);
    const all = [member(undefined, urls), member(undefined, urls), member(undefined, urls)];
    await Promise.all(all.map((one) => one.count('a')));
    await arrived({ a: 3 });
    expect(all.map(({ reports }) => reports.figures.alone)).toEqual([0, 0, 0]);
  });
});
