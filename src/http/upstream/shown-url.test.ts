import { expect, test } from 'vitest';
import { shownUrl } from './shown-url.ts';

test.each([
  ['http://user:secret@host/a?b=c@d', 'http://***@host/a?b=c@d'],
  ['https://user@host', 'https://***@host'],
  ['redis+tls://:p@host', 'redis+tls://***@host'],
  ['http://host/a@b', 'http://host/a@b'],
  ['http://host?a=b@c', 'http://host?a=b@c'],
  ['not a url', 'not a url'],
  ['http//user:secret@host', '***@host'],
  ['http://user:pa/ss@host/a', '***@host/a'],
  ['http://host/a?project=x&api_key=1234#b', 'http://host/a?project=x&api_key=***#b'],
  [
    'http://host/?X-Amz-Signature=12&X-Amz-Credential=a%2Fb&prefix=y',
    'http://host/?X-Amz-Signature=***&X-Amz-Credential=***&prefix=y',
  ],
])('%s → %s', (url, shown) => {
  expect(shownUrl(url)).toBe(shown);
});
