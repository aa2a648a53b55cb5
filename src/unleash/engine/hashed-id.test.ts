import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hashFrom, hashStart } from './bucket.ts';
import { HashedId, remainder } from './hashed-id.ts';

const text = fc.oneof(fc.string({ maxLength: 80 }), fc.string({ unit: 'binary', maxLength: 30 }));

describe('HashedId', () => {
  it.each([false, true])('gives the hash of the text, UTF-8 %s', (utf8) => {
    const hashed = new HashedId();
    fc.assert(
      fc.property(text, fc.array(text, { maxLength: 5 }), fc.nat(2 ** 31 - 1), (id, groups, seed) => {
        hashed.set(id, utf8);
        for (const group of ['', 'a', 'ab', 'abc', ...groups]) {
          const { state, block, length } = hashStart(group, seed, utf8);
          expect(hashed.hashFrom(state, block, length) >>> 0).toBe(hashFrom(state, block, length, id, utf8));
        }
      }),
    );
  });

  it('gives the hash of a number like that of its text', () => {
    const hashed = new HashedId();
    const number = fc.oneof(fc.integer({ min: 1, max: 2 ** 31 - 1 }), fc.constantFrom(1, 9, 10, 99, 10_000, 100_001));
    fc.assert(
      fc.property(text, number, (group, value) => {
        const { state, block, length } = hashStart(group, 0, false);
        hashed.set('something longer than any number', false);
        hashed.setNumber(value);
        expect(hashed.hashFrom(state, block, length) >>> 0).toBe(hashFrom(state, block, length, String(value), false));
      }),
    );
  });

  it('forgets the id before', () => {
    const hashed = new HashedId();
    const { state, block, length } = hashStart('group', 0, false);
    for (const id of ['x'.repeat(200), 'a long id that takes many words', 'abcd', 'abc', '']) {
      hashed.set(id, false);
      expect(hashed.hashFrom(state, block, length) >>> 0).toBe(hashFrom(state, block, length, id, false));
    }
  });
});

it('remainders are those of unsigned numbers', () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 1, max: 100_000 }), (hash, divisor) => {
      expect(remainder(hash, divisor)).toBe((hash >>> 0) % divisor);
    }),
  );
});
