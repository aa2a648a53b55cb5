import { expect, test } from 'vitest';
import { Recent } from './recent.ts';

test('values are kept up to a weight, and go in halves', () => {
  const recent = new Recent<string, string>(8);
  for (const key of ['a', 'b', 'c']) recent.set(key, key.toUpperCase(), 2);
  const kept = () => ['a', 'b', 'c', 'd', 'e', 'f'].filter((key) => recent.get(key) === key.toUpperCase());
  expect(kept()).toEqual(['a', 'b', 'c']);
  recent.set('d', 'D', 2);
  expect(kept()).toEqual(['a', 'b', 'c', 'd']);
  recent.set('e', 'E', 2);
  expect(kept()).toEqual(['c', 'd', 'e']);
});

test('a value of more than half of the weight is not kept, and drives nothing away', () => {
  const recent = new Recent<string, number>(8);
  recent.set('a', 1, 4);
  recent.set('b', 2, 5);
  expect([recent.get('a'), recent.get('b')]).toEqual([1, undefined]);
});
