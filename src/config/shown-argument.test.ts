import { expect, test } from 'vitest';
import { shownArgument } from './shown-argument.ts';

test.each([
  ['*:development.secret-of-it', '*:development.[redacted]'],
  ['[]:production.a.b', '[]:production.[redacted]'],
  ['http://user:secret@[::bad', '***@[::bad'],
  ['http://user:secret@host/a', 'http://***@host/a'],
  ['127.0.0.1:80', '127.0.0.1:80'],
  ['abc', 'abc'],
])('%s is shown as %s', (text, shown) => {
  expect(shownArgument(text)).toBe(shown);
});
