import { describe, expect, test } from 'vitest';
import { type HeaderFault, type HeaderFields, readHeaderFields } from './header-fields.ts';
import { KnownFields } from './known-fields.ts';

const block = (...lines: string[]) => `${lines.map((line) => `${line}\r\n`).join('')}\r\n`;

const shown = (fields: HeaderFields | HeaderFault) =>
  typeof fields === 'number' ? fields : { ...fields, values: [...fields.values] };

/** Lines that are fine, odd, and wrong; some of them have the names of others. */
const lines = [
  'Host: flags.example.com',
  'host:flags.example.com:80',
  'Authorization: a',
  'authorization: b',
  'X-Request-Id: 1',
  'X-Request-Id: 2',
  'X-Request-Id:\t3 \t',
  'X-Request: 4',
  'Accept: text/html',
  'Accept: application/json',
  'Cookie: a=1',
  'cookie: b=2',
  'Content-Length: 5',
  'Content-Length: 5, 5',
  'content-length: 7',
  'Transfer-Encoding: chunked',
  'transfer-encoding: gzip',
  'Expect: 100-continue',
  'Expect: more',
  'Connection: keep-alive',
  'Connection: Upgrade, close',
  'Empty:',
  'Latin: \xe9',
  'Space : 1',
  ' folded',
  'no colon',
  ': no name',
  'Null: \0',
  'Feed: a\nX: b',
  'Return: a\rb',
  '',
  'Next: a\r\nAfter: b',
];

/** Numbers below `limit`, the same ones each time. */
function numbers(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

test('whatever came before, fields are read as if nothing had', () => {
  const below = numbers(7);
  const known = new KnownFields();
  let fine = 0;
  for (let i = 0; i < 20_000; i++) {
    // Mostly lines that are fine, so that there are requests without a fault.
    const picked = Array.from({ length: below(6) }, () => lines[below(below(3) === 0 ? lines.length : 12)] as string);
    const whole = block(...picked);
    const text = below(20) === 0 ? whole.slice(0, below(whole.length)) : whole;
    const expected = shown(readHeaderFields(text));
    expect(shown(known.read(text)), JSON.stringify(text)).toEqual(expected);
    if (typeof expected !== 'number') fine++;
  }
  expect(fine).toBeGreaterThan(4_000);
});

describe('fields of a request that is nearly like one before', () => {
  const known = new KnownFields();
  const first = ['Host: a', 'X-Request-Id: 1', 'Accept: */*'];

  test.each<[string, string[], Record<string, string | undefined>]>([
    ['the same', first, { host: 'a', 'x-request-id': '1', accept: '*/*' }],
    ['another value', ['Host: a', 'X-Request-Id: 22', 'Accept: */*'], { 'x-request-id': '22', accept: '*/*' }],
    ['one field less', ['Host: a', 'Accept: */*'], { 'x-request-id': undefined, accept: '*/*' }],
    ['one field more', [...first, 'If-None-Match: "x"'], { accept: '*/*', 'if-none-match': '"x"' }],
    ['a name that begins alike', ['Host: a', 'X-Request: 3'], { 'x-request': '3', 'x-request-id': undefined }],
    ['another spelling', ['host: a', 'x-request-id: 4'], { host: 'a', 'x-request-id': '4' }],
  ])('%s', (_title, sent, expected) => {
    const before = known.read(block(...first)) as HeaderFields;
    const { values } = known.read(block(...sent)) as HeaderFields;
    for (const [name, value] of Object.entries(expected)) expect(values.get(name), name).toBe(value);
    // What was read before stays as it was.
    expect([...before.values]).toEqual([...(readHeaderFields(block(...first)) as HeaderFields).values]);
  });
});

test('many different names do not add up, and what comes again is read all the same', () => {
  const known = new KnownFields();
  for (let i = 0; i < 1_000; i++) {
    const text = block('Host: a', `X-${i}: ${i}`, 'Accept: */*');
    expect([...(known.read(text) as HeaderFields).values]).toEqual([
      ['host', 'a'],
      [`x-${i}`, String(i)],
      ['accept', '*/*'],
    ]);
    expect(known.size).toBeLessThanOrEqual(128);
  }
});
