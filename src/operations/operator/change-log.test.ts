import { describe, expect, test } from 'vitest';
import { ChangeLog, mostChanges } from './change-log.ts';
import { testMode } from './testing.ts';

function logOf(...modes: ReturnType<typeof testMode>[]) {
  let nowMs = 1_000;
  const slicing = { elapsedMs: () => performance.now(), yieldNow: async () => {} };
  const log = new ChangeLog({ modes: modes.map(({ mode }) => mode), now: () => nowMs, slicing });
  return {
    log,
    at: async (ms: number) => {
      nowMs = ms;
      await log.look();
    },
  };
}

const short = (log: ChangeLog) => log.changes.map(({ kind, flag, atMs }) => `${kind} ${flag} ${atMs}`);

describe('ChangeLog', () => {
  test('tells what was added, removed and changed, newest first', async () => {
    const unleash = testMode({ flags: { a: '{"rollout":10}', b: '{}' } });
    const { log, at } = logOf(unleash);
    await at(1_000);
    expect(log.changes).toEqual([]);
    unleash.publish({ a: '{"rollout":50}', b: '{}', c: '{}' });
    await at(2_000);
    unleash.publish({ a: '{"rollout":50}', c: '{}' });
    await at(3_000);
    expect(short(log)).toEqual(['removed b 3000', 'changed a 2000', 'added c 2000']);
    expect(log.changes[1]).toMatchObject({
      mode: 'Unleash Proxy',
      environment: 'default',
      difference: { fields: [{ path: 'rollout', before: '10', after: '50' }], more: 0 },
    });
    expect(log.changedAtMs(unleash.mode, 'default', 'a')).toBe(2_000);
    expect(log.changedAtMs(unleash.mode, 'default', 'b')).toBeUndefined();
    expect(log.total).toBe(3);
  });

  test('nothing is compared while the revision stays, nor noted when a new one says the same', async () => {
    let read = 0;
    const unleash = testMode({ flags: { a: '{}' }, onRead: () => read++ });
    const { log, at } = logOf(unleash);
    await at(1);
    await at(2);
    expect(read).toBe(1);
    unleash.publish({ a: '{}' });
    await at(3);
    expect(read).toBe(2);
    expect(log.changes).toEqual([]);
  });

  test('keeps the newest ones, and counts all', async () => {
    const unleash = testMode({ flags: {} });
    const { log, at } = logOf(unleash);
    await at(1);
    unleash.publish(Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`flag-${i}`, '{}'])));
    await at(2);
    unleash.publish({});
    await at(3);
    expect(log.changes).toHaveLength(mostChanges);
    expect(new Set(log.changes.map(({ kind }) => kind))).toEqual(new Set(['removed']));
    expect(log.total).toBe(1_000);
  });

  test('environments are apart, and one that goes is forgotten', async () => {
    const one = testMode({ flags: { a: '1' }, environment: 'one' });
    const two = testMode({ flags: { a: '1' }, environment: 'two' });
    const { log, at } = logOf(one, two);
    await at(1);
    two.publish({ a: '2' });
    await at(2);
    expect(log.changes.map(({ environment }) => environment)).toEqual(['two']);
    expect(log.changedAtMs(one.mode, 'one', 'a')).toBeUndefined();
    two.remove();
    await at(3);
    expect(log.changedAtMs(two.mode, 'two', 'a')).toBeUndefined();
  });
});
