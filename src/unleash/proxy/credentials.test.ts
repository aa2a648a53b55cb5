import { expect, test } from 'vitest';
import { createCredentialCheck } from './credentials.ts';

const check = createCredentialCheck(['secret-key', 'other', 'a ', '']);

test.each([
  ['secret-key', true],
  ['other', true],
  ['a ', true],
  ['a', false],
  ['s', false],
  ['secret-keY', false],
  ['secret-key ', false],
  ['', false],
  [undefined, false],
])('%j → %s', (presented, expected) => {
  expect(check(presented)).toBe(expected);
});

test('without keys nobody passes', () => {
  expect(createCredentialCheck([])('x')).toBe(false);
});
