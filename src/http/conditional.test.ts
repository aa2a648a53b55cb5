import { expect, test } from 'vitest';
import { isNotModified } from './conditional.ts';

const etag = 'W/"154-abc"';

test.each([
  [undefined, undefined, false],
  ['', undefined, false],
  ['W/"154-abc"', undefined, true],
  ['"154-abc"', undefined, true],
  ['"x", W/"154-abc"', undefined, true],
  ['*', undefined, true],
  ['"154-abd"', undefined, false],
  ['W/"154-abc"', 'no-cache', false],
  ['W/"154-abc"', 'max-age=0, No-Cache', false],
  ['W/"154-abc"', 'max-age=0', true],
])('If-None-Match %s with Cache-Control %s → %s', (condition, cacheControl, expected) => {
  expect(isNotModified(condition, cacheControl, () => etag)).toBe(expected);
});

test('does not make an entity tag for a request without a condition', () => {
  const fail = () => {
    throw new Error('asked for');
  };
  expect(isNotModified(undefined, undefined, fail)).toBe(false);
});
