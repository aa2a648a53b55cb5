import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { textSet } from './text-set.ts';

describe('textSet', () => {
  it('holds what a Set holds, whatever the texts', () => {
    const text = fc.oneof(
      fc.string({ maxLength: 6 }),
      fc.string({ unit: 'binary', maxLength: 3 }),
      fc.nat(200).map(String),
    );
    fc.assert(
      fc.property(fc.array(text, { maxLength: 80 }), fc.array(text, { maxLength: 80 }), (listed, asked) => {
        const set = new Set(listed);
        const packed = textSet(listed);
        for (const one of [...listed, ...asked]) expect(packed(one)).toBe(set.has(one));
      }),
    );
  });

  it.each([
    ['short', 3],
    ['long', 1_000],
    ['very long', 100_000],
  ])('finds every text of a %s list, and no part or sum of one', (_name, count) => {
    const listed = Array.from({ length: count }, (_, i) => `user-${i * 3}`);
    const holds = textSet(listed);
    expect(listed.filter((text) => !holds(text))).toEqual([]);
    for (const text of ['', 'user-', 'user-1', 'ser-3', 'user-0user-3', 'user-00', 'x'.repeat(10_000)]) {
      expect(holds(text)).toBe(false);
    }
  });

  it('takes the empty text for a text, and undefined for none', () => {
    const listed = Array.from({ length: 50 }, (_, i) => (i === 20 ? '' : `a${i}`));
    const holds = textSet(listed);
    expect([holds(''), holds(undefined), textSet(['undefined'])(undefined)]).toEqual([true, false, false]);
  });

  it('finds texts longer than those whose hash is remembered', () => {
    const listed = Array.from({ length: 20 }, (_, i) => `${i}`.repeat(400));
    const holds = textSet(listed);
    expect(listed.every(holds)).toBe(true);
    expect(holds(`${'7'.repeat(399)}8`)).toBe(false);
  });
});
