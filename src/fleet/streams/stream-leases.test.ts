import { describe, expect, it } from 'vitest';
import { ManualTimers, settle } from '../../unleash/upstream/testing.ts';
import { TestMemory } from '../sharing/testing.ts';
import { oneEventStream, oneStream } from './one-stream.ts';
import { type Holding, StreamLeases } from './stream-leases.ts';

const leaseMs = 3_000;

function setUp(count = 2) {
  const timers = new ManualTimers();
  const memory = new TestMemory(timers);
  const members = Array.from({ length: count }, (_, n) => {
    const dead = { isDead: false };
    const own = memory.member();
    const leases = new StreamLeases({
      memory: {
        ...own,
        renew: (...given) => (dead.isDead ? new Promise<boolean>(() => undefined) : own.renew(...given)),
      },
      memberId: `m${n}`,
      leaseMs,
      timers,
      random: () => 0.5,
    });
    const stop = new AbortController();
    return { leases, stop, dead };
  });
  const holding = (n: number) => {
    const state: { held?: Holding; error?: unknown } = {};
    members[n]!.leases.hold('s', members[n]!.stop.signal).then(
      (held) => {
        state.held = held;
      },
      (error) => {
        state.error = error;
      },
    );
    return state;
  };
  return { timers, memory, members, holding };
}

describe('StreamLeases', () => {
  it('lets one member hold at a time, and the next one when it ends', async () => {
    const { timers, members, holding } = setUp();
    const [first, second] = [holding(0), holding(1)];
    await timers.advance(10 * leaseMs);
    expect([first.held !== undefined, second.held]).toEqual([true, undefined]);
    expect(members.map(({ leases }) => leases.figures)).toEqual([
      { held: 1, followed: 0 },
      { held: 0, followed: 1 },
    ]);
    await first.held!.end(false);
    await timers.advance(leaseMs);
    expect(second.held).toBeDefined();
    expect(members.map(({ leases }) => leases.figures)).toEqual([
      { held: 0, followed: 0 },
      { held: 1, followed: 0 },
    ]);
  });

  it('replaces a holder that is gone, within a lease and a third', async () => {
    const { timers, members, holding } = setUp();
    const first = holding(0);
    await timers.advance(0);
    const second = holding(1);
    members[0]!.dead.isDead = true;
    await timers.advance(leaseMs - 1);
    expect(second.held).toBeUndefined();
    await timers.advance(leaseMs / 2);
    expect(second.held).toBeDefined();
    // It was only stopped for a while: then it has to give way.
    members[0]!.dead.isDead = false;
    expect(first.held!.signal.aborted).toBe(false);
  });

  it('ends the hold of a member that was stopped for a while', async () => {
    const { timers, memory, holding } = setUp();
    const first = holding(0);
    await timers.advance(0);
    const thief = memory.member();
    await thief.release('s', 'm0');
    await thief.take('s', 'other', 60_000);
    await timers.advance(leaseMs / 3);
    expect(first.held!.signal.aborted).toBe(true);
    await first.held!.end(false);
    expect(await thief.renew('s', 'other', 1_000)).toBe(true);
  });

  it('lets a failure run out instead of passing it on at once', async () => {
    const { timers, holding } = setUp();
    const first = holding(0);
    await timers.advance(0);
    await first.held!.end(true);
    const second = holding(1);
    await timers.advance(leaseMs - 1);
    expect(second.held).toBeUndefined();
    const again = holding(0);
    await timers.advance(leaseMs);
    expect([again.held, second.held].filter((held) => held !== undefined)).toHaveLength(1);
  });

  it('lets everybody hold without the memory, and one when it is back', async () => {
    const { timers, memory, holding } = setUp();
    memory.isLost = true;
    const [first, second] = [holding(0), holding(1)];
    await settle();
    expect([first.held, second.held]).toEqual([undefined, undefined]);
    await timers.advance(leaseMs);
    expect([first.held !== undefined, second.held !== undefined]).toEqual([true, true]);
    memory.isLost = false;
    await timers.advance(leaseMs / 3);
    expect([first.held!.signal.aborted, second.held!.signal.aborted].sort()).toEqual([false, true]);
  });

  it('stops waiting when it is told to', async () => {
    const { timers, members, holding } = setUp();
    holding(0);
    const second = holding(1);
    await timers.advance(0);
    members[1]!.stop.abort();
    await settle();
    expect(String(second.error)).toContain('stopped');
    expect(members[1]!.leases.figures).toEqual({ held: 0, followed: 0 });
  });
});

describe('streams of one member at a time', () => {
  const request = (signal: AbortSignal) => ({
    url: 'http://u/s',
    headers: { Authorization: 't' },
    timeoutMs: 1,
    signal,
  });

  it('pass chunks on, and free the lease when they are stopped', async () => {
    const { timers, members } = setUp();
    const opened: number[] = [];
    const openers = members.map(({ leases }, n) =>
      oneStream(leases, async ({ signal }) => {
        opened.push(n);
        async function* chunks() {
          yield Buffer.from(`from ${n}`);
          await new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('cut'))));
        }
        return { status: 200, chunks: chunks() };
      }),
    );
    const texts: string[] = [];
    const read = async (n: number) => {
      const { chunks } = await openers[n]!(request(members[n]!.stop.signal));
      for await (const chunk of chunks) texts.push(Buffer.from(chunk).toString());
    };
    const [first, second] = [read(0).catch(String), read(1).catch(String)];
    await timers.advance(2 * leaseMs);
    expect([opened, texts]).toEqual([[0], ['from 0']]);
    members[0]!.stop.abort();
    await timers.advance(leaseMs);
    expect([opened, texts]).toEqual([
      [0, 1],
      ['from 0', 'from 1'],
    ]);
    members[1]!.stop.abort();
    expect([await first, await second]).toEqual(['Error: cut', 'Error: cut']);
  });

  it('hand refusals and failures to the member that got them, and to nobody else at once', async () => {
    const { timers, members } = setUp();
    let fails = false;
    const openers = members.map(({ leases }) =>
      oneStream(leases, async () => {
        if (fails) throw new Error('nobody there');
        return { status: 403, chunks: (async function* () {})() };
      }),
    );
    expect((await openers[0]!(request(members[0]!.stop.signal))).status).toBe(403);
    fails = true;
    await expect(openers[0]!(request(members[0]!.stop.signal))).rejects.toThrow('nobody there');
    const other = openers[1]!(request(members[1]!.stop.signal)).catch(String);
    await timers.advance(leaseMs / 2);
    expect(members[1]!.leases.figures.followed).toBe(1);
    await timers.advance(leaseMs);
    expect(await other).toBe('Error: nobody there');
  });

  it('of the realtime service end without an error when another member has them', async () => {
    const { timers, memory, members } = setUp(1);
    const heard: string[] = [];
    const open = oneEventStream(members[0]!.leases, async (_, signal, onText) => {
      onText('news');
      await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('cut'))));
    });
    const reading = open('http://realtime', members[0]!.stop.signal, (text) => heard.push(text));
    await timers.advance(0);
    expect(heard).toEqual(['news']);
    memory.giveAway('other', 60_000);
    await timers.advance(leaseMs / 3);
    expect(await reading).toBeUndefined();
  });
});
