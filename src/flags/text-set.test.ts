import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TextSet } from './text-set.ts';

describe('TextSet', () => {
  it('holds what a Set holds, whatever the texts', () => {
    const text = fc.oneof(
      fc.string({ maxLength: 6 }),
      fc.string({ unit: 'binary', maxLength: 3 }),
      fc.nat(200).map(String),
    );
    fc.assert(
      fc.property(fc.array(text, { maxLength: 80 }), fc.array(text, { maxLength: 80 }), (listed, asked) => {
        const set = new Set(listed);
        const packed = new TextSet(listed);
        for (const one of [...listed, ...asked]) expect(packed.has(one)).toBe(set.has(one));
      }),
    );
  });

  it.each([
    ['short', 3],
    ['long', 1_000],
    ['very long', 100_000],
  ])('finds every text of a %s list, and no part or sum of one', (_name, count) => {
    const listed = Array.from({ length: count }, (_, i) => `user-${i * 3}`);
    const set = new TextSet(listed);
    expect(listed.filter((text) => !set.has(text))).toEqual([]);
    for (const text of ['', 'user-', 'user-1', 'ser-3', 'user-0user-3', 'user-00', 'x'.repeat(10_000)]) {
      expect(set.has(text)).toBe(false);
    }
  });

  it('takes the empty text for a text, and undefined for none', () => {
    const listed = Array.from({ length: 50 }, (_, i) => (i === 20 ? '' : `a${i}`));
    const set = new TextSet(listed);
    expect([set.has(''), set.has(undefined), new TextSet(['undefined']).has(undefined)]).toEqual([true, false, false]);
  });

  it('finds texts longer than those whose hash is remembered', () => {
    const listed = Array.from({ length: 20 }, (_, i) => `${i}`.repeat(400));
    const set = new TextSet(listed);
    expect(listed.every((text) => set.has(text))).toBe(true);
    expect(set.has(`${'7'.repeat(399)}8`)).toBe(false);
  });
});
