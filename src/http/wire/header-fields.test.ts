import { describe, expect, it } from 'vitest';
import { type HeaderFields, readHeaderFields } from './header-fields.ts';

const read = (...lines: string[]) => readHeaderFields(`${lines.map((line) => `${line}\r\n`).join('')}\r\n`);
const valuesOf = (...lines: string[]) => Object.fromEntries((read(...lines) as HeaderFields).values);

describe('values', () => {
  it('are found by lower-case name, without the spaces around them', () => {
    expect(valuesOf('Host: a', 'X-ONE:b', 'x-two: \t c  d \t', 'X-Three:', 'X-Four:  ')).toEqual({
      host: 'a',
      'x-one': 'b',
      'x-two': 'c  d',
      'x-three': '',
      'x-four': '',
    });
  });

  it('keep colons, all letters that a byte holds, and names that objects have', () => {
    expect(read('X-A: b: c', 'X-B: \x80\xff ~', '__proto__: d', "!#$%&'*+-.^_`|~: e")).toMatchObject({
      values: new Map([
        ['x-a', 'b: c'],
        ['x-b', '\x80\xff ~'],
        ['__proto__', 'd'],
        ["!#$%&'*+-.^_`|~", 'e'],
      ]),
    });
  });

  it('of lists are joined, of all else the first counts', () => {
    expect(
      valuesOf('Accept: a', 'Accept: b', 'Cookie: a=b', 'cookie: c=d', 'X-A: 1', 'X-A:', 'X-A: 3', 'X-B: 1'),
    ).toEqual({ accept: 'a, b', cookie: 'a=b; c=d', 'x-a': '1, , 3', 'x-b': '1' });
    for (const name of ['Authorization', 'Content-Type', 'User-Agent', 'Referer', 'If-Modified-Since', 'From']) {
      expect(valuesOf(`${name}: a`, `${name.toLowerCase()}: b`)).toEqual({ [name.toLowerCase()]: 'a' });
    }
  });

  it('may be missing altogether', () => {
    expect(read()).toEqual({
      values: new Map(),
      contentLength: undefined,
      isChunked: false,
      expectsContinue: false,
      keepsAlive: undefined,
    });
  });
});

describe('lines that could be read in two ways are refused:', () => {
  it.each([
    ['a space before the colon', 'X-A : b'],
    ['a tab before the colon', 'X-A\t: b'],
    ['a space before the name', ' X-A: b'],
    ['a folded line', 'X-A: b\r\n c'],
    ['no colon', 'X-A'],
    ['no name', ': b'],
    ['a line feed', 'X-A: b\nX-B: c'],
    ['a carriage return', 'X-A: b\rX-B: c'],
    ['two carriage returns', 'X-A: b\r'],
    ['a space in a name', 'X A: b'],
    ['brackets in a name', 'X(A): b'],
    ['a letter of another alphabet in a name', 'X-\xe4: b'],
    ['two of Host', 'Host: a\r\nhost: a'],
    ['two lengths', 'Content-Length: 1\r\ncontent-length: 2'],
    ['the same length twice', 'Content-Length: 1\r\nContent-Length: 1'],
    ['a length and chunks', 'Content-Length: 1\r\nTransfer-Encoding: chunked'],
    ['no length and chunks', 'Transfer-Encoding: chunked\r\nContent-Length:'],
  ])('%s', (_, line) => {
    expect(read('A: b', line)).toBe(400);
    expect(read(line, 'A: b')).toBe(400);
  });

  it('any control character, anywhere', () => {
    for (let code = 0; code < 0x20; code++) {
      const character = String.fromCharCode(code);
      expect(typeof read(`X-A: b${character}c`)).toBe(character === '\t' ? 'object' : 'number');
      expect(read(`X-${character}A: b`)).toBe(400);
      expect(read(`${character}X-A: b`)).toBe(400);
    }
    expect([read('X-A: \x7f'), read('X\x7f: b')]).toEqual([400, 400]);
  });
});

describe('a length', () => {
  it.each([
    ['0', 0],
    ['5', 5],
    [' \t5\t ', 5],
    ['0005', 5],
    ['999999999999999', 999_999_999_999_999],
  ])('%j is understood', (value, length) => {
    expect(read(`Content-Length: ${value}`)).toMatchObject({ contentLength: length, isChunked: false });
  });

  it.each([
    '',
    '+5',
    '-5',
    '5.0',
    '5e0',
    '0x5',
    '5,5',
    '5, 5',
    '5 5',
    '"5"',
    '5;',
    'five',
    '\xb2',
    '1'.repeat(16),
    'NaN',
    'Infinity',
  ])('%j is refused', (value) => {
    expect(read(`Content-Length: ${value}`)).toBe(400);
  });
});

describe('a coding', () => {
  it.each(['chunked', 'Chunked', 'CHUNKED', '\tchunked '])('%j is understood', (value) => {
    expect(read(`Transfer-Encoding: ${value}`)).toMatchObject({ isChunked: true, contentLength: undefined });
  });

  it.each([
    '',
    'identity',
    'gzip',
    'gzip, chunked',
    'chunked, gzip',
    'chunked,',
    ', chunked',
    'xchunked',
    'chunked;q=1',
    '"chunked"',
    'chunked\xa0',
  ])('%j is refused', (value) => {
    expect(read(`Transfer-Encoding: ${value}`)).toBe(501);
  });

  it('that comes twice is refused', () => {
    expect(read('Transfer-Encoding: chunked', 'Transfer-Encoding: chunked')).toBe(501);
    expect(read('Transfer-Encoding: x', 'Transfer-Encoding: chunked')).toBe(501);
  });

  it('under a name that only looks like it is none', () => {
    expect(read('Transfer_Encoding: chunked', 'X-Transfer-Encoding: chunked')).toMatchObject({ isChunked: false });
  });
});

it.each([
  ['100-continue', true],
  ['100-Continue', true],
])('an expectation that is known: %s', (value, expectsContinue) => {
  expect(read(`Expect: ${value}`)).toMatchObject({ expectsContinue });
});

it.each(['cake', '', '100-continue, cake', '100-continue2'])(
  'an expectation that is not known is refused: %j',
  (value) => {
    expect(read(`Expect: ${value}`)).toBe(417);
  },
);

it.each([
  [['close'], false],
  [['Close'], false],
  [['keep-alive'], true],
  [['Keep-Alive'], true],
  [['te, close'], false],
  [['te', 'close'], false],
  [['close', 'te'], false],
  [['keep-alive, close'], false],
  [['close,keep-alive'], false],
  [['upgrade, keep-alive'], true],
  [[' \tclose\t ,'], false],
  [['closed'], undefined],
  [['not-close'], undefined],
  [[''], undefined],
])('Connection: %j', (values, keepsAlive) => {
  expect((read(...values.map((value) => `Connection: ${value}`)) as HeaderFields).keepsAlive).toBe(keepsAlive);
});
