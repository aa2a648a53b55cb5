import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ReplyCache } from './reply-cache.ts';

const value = (bytes: number) => ({ heldBytes: bytes });
const outcomes = (...list: number[]) => Uint16Array.from(list);

describe('ReplyCache', () => {
  test('keeps a reply from its second sight on', () => {
    const cache = new ReplyCache<{ heldBytes: number }>([0, 1], 1000);
    const made: object[] = [];
    const get = () =>
      cache.get(outcomes(1, 2), () => {
        const entry = value(10);
        made.push(entry);
        return entry;
      });
    get();
    expect(cache.size).toBe(0);
    const second = get();
    expect(get()).toBe(second);
    expect(made).toHaveLength(2);
  });

  test('keeps the only reply at once where nothing can differ', () => {
    const cache = new ReplyCache([], 1000);
    const first = cache.get(outcomes(1, 1), () => value(10));
    expect(cache.get(outcomes(1, 1), () => value(10))).toBe(first);
  });

  test('stays within its bound, also when replies grow', () => {
    const cache = new ReplyCache<{ heldBytes: number }>([0], 700);
    const grown = { heldBytes: 10 };
    for (let i = 0; i < 2; i++) cache.get(outcomes(7), () => grown);
    grown.heldBytes = 90;
    cache.get(outcomes(7), () => grown);
    expect(cache.bytes).toBe(604);
    for (let i = 0; i < 50; i++) for (let n = 0; n < 2; n++) cache.get(outcomes(i), () => value(20));
    expect(cache.bytes).toBeLessThanOrEqual(700);
    expect(cache.size).toBeGreaterThan(0);
  });

  test('a reply larger than the bound is not kept', () => {
    const cache = new ReplyCache([0], 700);
    for (let i = 0; i < 3; i++) cache.get(outcomes(1), () => value(500));
    expect(cache.size).toBe(0);
    expect(cache.bytes).toBe(0);
  });

  test('never answers with the reply of other outcomes', () => {
    const cache = new ReplyCache<{ heldBytes: number; of: string }>([0, 2], 5000);
    const vector = fc.tuple(fc.nat(3), fc.nat(3), fc.nat(3));
    fc.assert(
      fc.property(fc.array(vector, { maxLength: 60 }), (vectors) => {
        for (const [a, b, c] of vectors) {
          const of = `${a} ${c}`;
          expect(cache.get(outcomes(a, b, c), () => ({ heldBytes: 30, of })).of).toBe(of);
        }
      }),
    );
  });
});
