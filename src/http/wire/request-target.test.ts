import { expect, test } from 'vitest';
import { readReplies, testServer } from './testing.ts';

/** What a handler gets to see of a target; each character stands for a byte. */
function seen(target: string): string | undefined {
  const server = testServer(({ path, query }) => ({ status: 200, headers: {}, body: `${path} | ${query}` }));
  const client = server.open();
  client.send(`GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`);
  const [reply] = readReplies(client.wire.text);
  return reply?.status === 200 ? reply.body : String(reply?.status);
}

test.each([
  ['/a/../b//c?d=%41#e', '/a/../b//c | d=%41#e'],
  ['/a\\b', '/a\\b | '],
  ['/?', '/ | '],
  ['http://host:1/a?b', '/a | b'],
  ['http://host', '/ | '],
  ['http://host?a=/b', '/ | a=/b'],
  ['*', '/ | '],
])('paths and queries are as sent: %s', (target, expected) => {
  expect(seen(target)).toBe(expected);
});

test('bytes beyond ASCII are percent-encoded, as browsers would send them', () => {
  const bytes = Buffer.from('/\u00e9?a=\u65e5').toString('latin1');
  expect(seen(bytes)).toBe('/%C3%A9 | a=%E6%97%A5');
});

test.each(['a', '//a b', '/a\tb', '/a\x7f', '**', 'http:/a'])('%j is no target', (target) => {
  expect(seen(target)).toBe('400');
});
