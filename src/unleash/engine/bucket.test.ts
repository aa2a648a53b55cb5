import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bucketer, rolloutSeed, variantSeed } from './bucket.ts';

/** MurmurHash3 written down straight from its definition, over the low byte of each UTF-16 unit. */
function reference(text: string, seed: number): number {
  const bytes = [...Array(text.length).keys()].map((i) => text.charCodeAt(i) & 0xff);
  const rotate = (value: number, by: number) => (value << by) | (value >>> (32 - by));
  let hash = seed;
  for (let i = 0; i < bytes.length; i += 4) {
    const part = bytes.slice(i, i + 4).reduce((sum, byte, at) => sum | (byte << (8 * at)), 0);
    hash ^= Math.imul(rotate(Math.imul(part, 0xcc9e2d51), 15), 0x1b873593);
    if (i + 4 <= bytes.length) hash = (Math.imul(rotate(hash, 13), 5) + 0xe6546b64) | 0;
  }
  hash ^= bytes.length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

// Buckets that the client specification fixes.
test.each([
  ['gr1', '123', 73],
  ['groupX', '999', 25],
])('%s:%s is in bucket %d', (group, id, bucket) => {
  expect((bucketer(group, rolloutSeed)(id) % 100) + 1).toBe(bucket);
});

test('hashing the group beforehand changes nothing', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: 'binary' }),
      fc.constantFrom(rolloutSeed, variantSeed),
      (group, id, seed) => {
        expect(bucketer(group, seed)(id)).toBe(reference(`${group}:${id}`, seed));
      },
    ),
    { numRuns: 500 },
  );
});
