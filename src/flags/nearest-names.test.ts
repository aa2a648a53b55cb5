import { expect, test } from 'vitest';
import { nearestNames } from './nearest-names.ts';

test.each([
  ['chekout', ['checkout', 'dark-mode'], ['checkout']],
  ['Checkout', ['checkout-redesign', 'checkout', 'other'], ['checkout', 'checkout-redesign']],
  ['redesign', ['checkout-redesign', 'x'], ['checkout-redesign']],
  ['zzz', ['checkout'], []],
  ['', ['a', 'abc'], ['a']],
])('%j', (wanted, names, expected) => expect(nearestNames(wanted, names)).toEqual(expected));

test('looks at a bounded part, and gives a bounded number', () => {
  const names = Array.from({ length: 30_000 }, (_, i) => `flag-${i}-${'x'.repeat(500)}`);
  expect(nearestNames('flag-1-'.padEnd(10_000, 'x'), names)).toHaveLength(5);
});
