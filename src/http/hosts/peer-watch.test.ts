import { describe, expect, it } from 'vitest';
import { PeerWatch } from './peer-watch.ts';
import type { WaitingConnection } from './socket-table.ts';

const limits = { lookMs: 10_000, vanishedMs: 30_000, stalledMs: 60_000 };
const resent = (key: string, retries: number): WaitingConnection => ({
  key,
  queuedBytes: 20,
  retries,
  isPeerFull: false,
});
const full = (key: string, queuedBytes: number): WaitingConnection => ({
  key,
  queuedBytes,
  retries: 0,
  isPeerFull: true,
});
const fresh = (key: string): WaitingConnection => ({ key, queuedBytes: 20, retries: 0, isPeerFull: false });

function setUp() {
  const system = { table: [] as WaitingConnection[], looks: 0, isBroken: false };
  let nowMs = 0;
  let due: (() => void) | undefined;
  const watch = new PeerWatch({
    limits,
    async *readTable() {
      system.looks += 1;
      if (system.isBroken) throw new Error('EIO');
      for (const connection of system.table) yield [connection];
    },
    elapsedMs: () => nowMs,
    schedule(run, ms) {
      expect(ms).toBe(limits.lookMs);
      due = run;
      return () => {
        due = undefined;
      };
    },
  });
  const lost: unknown[] = [];
  watch.onLost((each) => lost.push({ ...each }));
  const cut: string[] = [];
  const add = (key: string) => watch.add(key, () => cut.push(key));
  /** One look, in which the table says this. */
  const look = async (...table: WaitingConnection[]) => {
    system.table = table;
    nowMs += limits.lookMs;
    const run = due;
    due = undefined;
    run?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { watch, system, lost, cut, add, look, isWaiting: () => due !== undefined };
}

describe('PeerWatch', () => {
  it('gives up a peer that confirms nothing for 30 s, and tells once', async () => {
    const { watch, lost, cut, add, look } = setUp();
    add('a');
    add('b');
    for (const retries of [3, 5, 6]) await look(resent('a', retries), resent('stranger', retries));
    expect(cut).toEqual([]);
    await look(resent('a', 6), resent('stranger', 6));
    expect([cut, lost, watch.size]).toEqual([['a'], [{ vanished: 1, stalled: 0 }], 1]);
    await look(resent('a', 7));
    expect([cut, watch.totals]).toEqual([['a'], { vanished: 1, stalled: 0 }]);
  });

  it('leaves a peer alone that confirms something now and then', async () => {
    const { cut, add, look } = setUp();
    add('a');
    for (let round = 0; round < 5; round++) {
      await look(resent('a', 6));
      await look(resent('a', 7));
      await look(round % 2 === 0 ? fresh('a') : resent('a', 1));
    }
    expect(cut).toEqual([]);
  });

  it('gives up a peer that has no room for 60 s, unless it takes something', async () => {
    const { lost, cut, add, look } = setUp();
    add('slow');
    add('stopped');
    for (let round = 0; round < 6; round++) await look(full('slow', 9_000 - round), full('stopped', 9_000 + round));
    expect(cut).toEqual([]);
    await look(full('slow', 8_000), full('stopped', 9_006));
    expect([cut, lost]).toEqual([['stopped'], [{ vanished: 0, stalled: 1 }]]);
  });

  it('looks only while something is watched', async () => {
    const { system, add, look, isWaiting } = setUp();
    expect(isWaiting()).toBe(false);
    const remove = add('a');
    expect(isWaiting()).toBe(true);
    remove();
    await look();
    expect([system.looks, isWaiting()]).toEqual([1, false]);
    add('b');
    expect(isWaiting()).toBe(true);
  });

  it('suspects nobody when it could not look', async () => {
    const { system, cut, add, look } = setUp();
    add('a');
    for (let round = 0; round < 3; round++) await look(resent('a', 6));
    system.isBroken = true;
    await look(resent('a', 6));
    system.isBroken = false;
    for (let round = 0; round < 3; round++) await look(resent('a', 7));
    expect(cut).toEqual([]);
    await look(resent('a', 7));
    expect(cut).toEqual(['a']);
  });

  it('does not mix up a connection with the next one of its name', async () => {
    const { watch, cut } = setUp();
    const remove = watch.add('a', () => cut.push('first'));
    watch.add('a', () => cut.push('second'));
    remove();
    expect(watch.size).toBe(1);
  });
});
