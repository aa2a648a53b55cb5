import { describe, expect, it } from 'vitest';
import { ChunkError, ChunkReader } from './chunked-body.ts';

/** Feeds pieces until it is done. @returns the body, and what was left over */
function read(pieces: readonly string[]) {
  let body = '';
  let rest = '';
  const reader = new ChunkReader((data) => {
    body += Buffer.from(data).toString('latin1');
  });
  for (const piece of pieces) {
    const bytes = Buffer.from(piece, 'latin1');
    rest += bytes.toString('latin1', reader.feed(bytes));
  }
  return { body, rest, isDone: reader.isDone };
}

const good: [string, string, string][] = [
  ['nothing', '0\r\n\r\n', ''],
  ['one chunk', '5\r\nhello\r\n0\r\n\r\n', 'hello'],
  ['some', '1\r\nh\r\n3\r\nell\r\n1\r\no\r\n0\r\n\r\n', 'hello'],
  ['line ends in the data', '4\r\n\r\n\r\n\r\n5\r\n0\r\n\r\n\r\n0\r\n\r\n', '\r\n\r\n0\r\n\r\n'],
  [
    'sizes with zeros and letters',
    `00A\r\n${'x'.repeat(10)}\r\nb\r\n${'y'.repeat(11)}\r\n000\r\n\r\n`,
    'x'.repeat(10) + 'y'.repeat(11),
  ],
  ['extensions', '5;a=b;c="d \t\xff"\r\nhello\r\n0;z\r\n\r\n', 'hello'],
  ['spaces before an extension', '5 \t;a\r\nhello\r\n0\r\n\r\n', 'hello'],
  ['a trailer', '5\r\nhello\r\n0\r\nX-A: b\r\nX-B:\r\n\r\n', 'hello'],
];

describe('what is in the form of chunks', () => {
  it.each(good)('%s', (_, text, body) => {
    const all = `${text}GET /next`;
    const expected = { body, rest: 'GET /next', isDone: true };
    expect(read([all])).toEqual(expected);
    expect(read([...all])).toEqual(expected);
    for (let cut = 1; cut < all.length; cut++) expect(read([all.slice(0, cut), all.slice(cut)])).toEqual(expected);
  });

  it('is not done before its very last byte', () => {
    for (const [, text] of good) {
      for (let end = 0; end < text.length; end++)
        expect(read([text.slice(0, end)])).toMatchObject({ isDone: false, rest: '' });
    }
  });

  it('is handed over without being copied', () => {
    const bytes = Buffer.from('5\r\nhello\r\n');
    const pieces: Uint8Array[] = [];
    new ChunkReader((data) => pieces.push(data)).feed(bytes);
    expect(pieces.map(({ buffer, byteOffset }) => [buffer === bytes.buffer, byteOffset - bytes.byteOffset])).toEqual([
      [true, 3],
    ]);
  });
});

describe('what is not', () => {
  it.each([
    ['no size', '\r\nhello\r\n'],
    ['no number', 'x\r\n'],
    ['a prefix', '0x5\r\nhello\r\n'],
    ['a sign', '+5\r\nhello\r\n'],
    ['a negative size', '-5\r\nhello\r\n'],
    ['an underscore', '0_5\r\nhello\r\n'],
    ['a space before the size', ' 5\r\nhello\r\n'],
    ['a space behind the size', '5 \r\nhello\r\n'],
    ['a word behind the size', '5 a\r\nhello\r\n'],
    ['a size of 13 digits', '0000000000005\r\nhello\r\n'],
    ['a size that wraps', '10000000000000005\r\nhello\r\n'],
    ['a line feed behind the size', '5\nhello\r\n'],
    ['a carriage return behind the size', '5\rhello\r\n'],
    ['a line feed in an extension', '5;a\nb\r\nhello\r\n'],
    ['a carriage return in an extension', '5;a\rb\r\nhello\r\n'],
    ['NUL in an extension', '5;\0\r\nhello\r\n'],
    ['too much data', '5\r\nhello!\r\n'],
    ['too little data', '6\r\nhello\r\n0\r\n\r\n'],
    ['no line end behind the data', '5\r\nhello0\r\n\r\n'],
    ['a line feed behind the data', '5\r\nhello\n0\r\n\r\n'],
    ['a long line', `5;${'a'.repeat(1_023)}`],
    ['a long trailer', `0\r\nX-A: ${'a'.repeat(16 * 1024)}`],
    ['a long trailer in lines', `0\r\n${'X-A: b\r\n'.repeat(2_049)}`],
    ['a request in place of a trailer', '0\r\nGET / HTTP/1.1\r\n'],
    ['a folded trailer', '0\r\nX-A: b\r\n c\r\n\r\n'],
    ['a space before the colon of a trailer', '0\r\nX-A : b\r\n\r\n'],
    ['a line feed in a trailer', '0\r\nX-A: b\nX-B: c\r\n\r\n'],
    ['a carriage return in a trailer', '0\r\nX-A: b\rX-B: c\r\n\r\n'],
    ['NUL in a trailer', '0\r\nX-A: \0\r\n\r\n'],
    ['a line feed in place of the end', '0\r\n\n'],
  ])('%s', (_, text) => {
    expect(() => read([text])).toThrow(ChunkError);
    expect(() => read([...text])).toThrow(ChunkError);
  });
});
