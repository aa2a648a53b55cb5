import { describe, expect, it } from 'vitest';
import { Backup } from './backup.ts';

const silent = { debug() {}, info() {}, warn() {}, error() {}, fatal() {} };

/** A storage provider whose writes end when they are told to, and timers that are set by hand. */
function setUp() {
  const writes: { readonly document: unknown; end(): void; fail(): void }[] = [];
  const storage = {
    get: async () => undefined,
    set: (_key: string, document: unknown) =>
      new Promise<void>((end, reject) => writes.push({ document, end, fail: () => reject(new Error('full')) })),
  };
  const backup = new Backup(storage as never, 'key', silent as never);
  const due: { readonly ms: number; run(): void; isCancelled: boolean }[] = [];
  const timers = {
    now: () => 0,
    set(run: () => void, ms: number) {
      const one = { run, ms, isCancelled: false };
      due.push(one);
      return () => {
        one.isCancelled = true;
      };
    },
  };
  const settled = () => {
    const told = { isSettled: false };
    void backup.settle(timers, 2_000).then(() => {
      told.isSettled = true;
    });
    return told;
  };
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  return { backup, writes, due, settled, turn };
}

describe('Backup', () => {
  it('writes one document at a time, and of those that come in meanwhile the newest', async () => {
    const { backup, writes, turn } = setUp();
    for (const document of ['a', 'b', 'c']) backup.keep(document);
    expect(writes.map(({ document }) => document)).toEqual(['a']);
    writes[0]?.end();
    await turn();
    expect(writes.map(({ document }) => document)).toEqual(['a', 'c']);
    writes[1]?.end();
    await turn();
    backup.keep('d');
    expect(writes).toHaveLength(3);
  });

  it('settles when all is written, at once when nothing is under way', async () => {
    const { backup, writes, due, settled, turn } = setUp();
    const early = settled();
    backup.keep('a');
    backup.keep('b');
    const late = settled();
    await turn();
    expect([early.isSettled, late.isSettled]).toEqual([true, false]);
    writes[0]?.fail();
    await turn();
    expect([late.isSettled, backup.failures]).toEqual([false, 1]);
    writes[1]?.end();
    await turn();
    expect(late.isSettled).toBe(true);
    expect(due.map(({ ms, isCancelled }) => [ms, isCancelled])).toEqual([[2_000, true]]);
  });

  it('does not wait for a write that never ends', async () => {
    const { backup, due, settled, turn } = setUp();
    backup.keep('a');
    const told = settled();
    await turn();
    due[0]?.run();
    await turn();
    expect(told.isSettled).toBe(true);
  });
});
