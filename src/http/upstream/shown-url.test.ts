import { expect, test } from 'vitest';
import { shownUrl } from './shown-url.ts';

test.each([
  ['http://user:secret@host/a?b=c@d', 'http://***@host/a?b=c@d'],
  ['https://user@host', 'https://***@host'],
  ['redis+tls://:p@host', 'redis+tls://***@host'],
  ['http://host/a@b', 'http://host/a@b'],
  ['http://host?a=b@c', 'http://host?a=b@c'],
  ['not a url', 'not a url'],
])('%s → %s', (url, shown) => {
  expect(shownUrl(url)).toBe(shown);
});
