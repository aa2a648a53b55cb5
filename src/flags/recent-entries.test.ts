import { expect, it } from 'vitest';
import { RecentEntries } from './recent-entries.ts';

it('keeps what is met again, within its bound', () => {
  const known = new RecentEntries<{ readonly bytes: number }>(20_000);
  const answer = { bytes: 510 };
  expect(known.isMetAgain('a')).toBe(false);
  expect(known.isMetAgain('a')).toBe(true);
  for (let i = 0; i < 1_000; i++) {
    known.set(`key-${i}`, answer);
    expect(known.get('key-0') === answer || i > 0).toBe(true);
  }
  const held = Array.from({ length: 1_000 }, (_, i) => known.get(`key-${i}`)).filter((entry) => entry !== undefined);
  expect(held.length).toBeGreaterThan(5);
  expect(held.length).toBeLessThan(60);
  expect(known.get('key-999')).toBe(answer);
  expect(known.bytes).toBe(510 * known.size);
  expect(known.bytes).toBeLessThanOrEqual(20_000);
});

it('what is in use stays, what is too large does not come in, and no memory means nothing', () => {
  const known = new RecentEntries<{ readonly bytes: number }>(1_000);
  const used = { bytes: 100 };
  known.set('used', used);
  for (let i = 0; i < 100; i++) {
    known.set(`key-${i}`, { bytes: 100 });
    expect(known.get('used')).toBe(used);
    expect(known.bytes).toBeLessThanOrEqual(1_000);
  }
  known.set('large', { bytes: 501 });
  expect(known.get('large')).toBeUndefined();
  const off = new RecentEntries<{ readonly bytes: number }>(0);
  expect([off.isMetAgain('a'), off.isMetAgain('a')]).toEqual([false, false]);
});

it('an entry that is set again counts once', () => {
  const known = new RecentEntries<{ readonly bytes: number }>(1_000);
  for (let i = 0; i < 20; i++) known.set('a', { bytes: 100 + i });
  expect(known.get('a')).toEqual({ bytes: 119 });
  expect([known.size, known.bytes]).toEqual([1, 119]);
});

it('takes out what is gone, new and old', () => {
  const known = new RecentEntries<{ readonly bytes: number; readonly of: string }>(1_000);
  for (let i = 0; i < 9; i++) known.set(`key-${i}`, { bytes: 100, of: i % 2 === 0 ? 'a' : 'b' });
  const before = known.size;
  known.deleteWhere((entry) => entry.of === 'a');
  const left = Array.from({ length: 9 }, (_, i) => known.get(`key-${i}`)).filter((entry) => entry !== undefined);
  expect(left.length).toBeGreaterThan(0);
  expect(left.length).toBeLessThan(before);
  expect(new Set(left.map((entry) => entry.of))).toEqual(new Set(['b']));
  expect([known.size, known.bytes]).toEqual([left.length, 100 * left.length]);
});

it('notes as many keys as it has slots for, about', () => {
  const metAgain = (known: RecentEntries<{ readonly bytes: number }>) => {
    const keys = Array.from({ length: 10_000 }, (_, i) => `key-${i}`);
    for (const key of keys) known.isMetAgain(key);
    return keys.filter((key) => known.isMetAgain(key)).length;
  };
  expect(metAgain(new RecentEntries(1_000, 32_768))).toBeGreaterThan(5_000);
  expect(metAgain(new RecentEntries(1_000))).toBeLessThan(5_000);
});
