import { describe, expect, it } from 'vitest';
import { KnownFields } from './known-fields.ts';
import { type HeadFault, HeadReader, type RequestHead } from './request-head.ts';

const head = (line: string, fields = 'Host: a\r\n') => `${line}\r\n${fields}\r\n`;
/** All that a head says, so that it can be compared. */
const plain = (read: RequestHead | HeadFault) =>
  typeof read === 'number' ? read : { ...read, fields: { ...read.fields, values: [...read.fields.values] } };
const fresh = (text: string) => plain(new HeadReader(new KnownFields()).read(text));
const read = (line: string, fields?: string) => fresh(head(line, fields));

describe('a first line', () => {
  it.each([
    ['GET / HTTP/1.1', 'GET', '/', false],
    ['POST /a?b=c&d HTTP/1.1', 'POST', '/a?b=c&d', false],
    ['GET /a HTTP/1.0', 'GET', '/a', true],
    ['GET /a HTTP/1.9', 'GET', '/a', false],
    ['OPTIONS * HTTP/1.1', 'OPTIONS', '*', false],
    ['GET http://a:80/b?c HTTP/1.1', 'GET', 'http://a:80/b?c', false],
    ['GET HTTPS://a HTTP/1.1', 'GET', 'HTTPS://a', false],
    ['M-SEARCH / HTTP/1.1', 'M-SEARCH', '/', false],
    ['get / HTTP/1.1', 'get', '/', false],
    ['GET /%zz?"<>{}|^`#\\ HTTP/1.1', 'GET', '/%zz?"<>{}|^`#\\', false],
    ['GET /\xe2\x82\xac HTTP/1.1', 'GET', '/%E2%82%AC', false],
    [`${'M'.repeat(32)} / HTTP/1.1`, 'M'.repeat(32), '/', false],
  ])('%j', (line, method, target, isHttp10) => {
    expect(read(line)).toMatchObject({ method, target, isHttp10, fields: { values: [['host', 'a']] } });
  });

  it.each([
    '',
    ' ',
    'GET',
    'GET /',
    'GET HTTP/1.1',
    'GET  HTTP/1.1',
    ' HTTP/1.1',
    'HTTP/1.1',
    ' GET / HTTP/1.1',
    'GET  / HTTP/1.1',
    'GET /  HTTP/1.1',
    'GET / HTTP/1.1 ',
    'GET\t/ HTTP/1.1',
    'GET /\tHTTP/1.1',
    'GET /a b HTTP/1.1',
    'GET /a\tb HTTP/1.1',
    'GET /\0 HTTP/1.1',
    'GET /\x7f HTTP/1.1',
    'GET /\n HTTP/1.1',
    'GET / HTTP/1.1\nX-A: b HTTP/1.1',
    'GET a HTTP/1.1',
    'GET ?a HTTP/1.1',
    'GET *a HTTP/1.1',
    'GET a:80 HTTP/1.1',
    'GET ://a HTTP/1.1',
    'GET 1http://a HTTP/1.1',
    'G(T / HTTP/1.1',
    'G\xc4T / HTTP/1.1',
    `${'M'.repeat(33)} / HTTP/1.1`,
    'GET / http/1.1',
    'GET / HTTP/1',
    'GET / HTTP/1.',
    'GET / HTTP/1.10',
    'GET / HTTP/01.1',
    'GET / HTTP/a.1',
    'GET / HTTPS/1.1',
    'GET / HTTP 1.1',
    'CONNECT a:80 HTTP/1.1',
    'CONNECT / HTTP/1.1',
    'GET /\r HTTP/1.1',
  ])('%j is refused', (line) => {
    expect(read(line)).toBe(400);
  });

  it.each(['GET / HTTP/2.0', 'PRI * HTTP/2.0', 'GET / HTTP/0.9', 'GET / HTTP/9.9'])('%j is of another HTTP', (line) => {
    expect(read(line)).toBe(505);
  });

  it('is refused for the fields below it, too', () => {
    expect(read('GET / HTTP/1.1', 'Host: a\r\nX-A : b\r\n')).toBe(400);
    expect(read('GET / HTTP/1.1', 'Host: a\r\nExpect: b\r\n')).toBe(417);
    expect(read('GET / HTTP/1.1', 'Host: a\r\nTransfer-Encoding: b\r\n')).toBe(501);
  });

  it('may come without Host, as health checks do', () => {
    expect(read('GET / HTTP/1.1', '')).toMatchObject({ method: 'GET' });
    expect(read('GET / HTTP/1.1', 'Host:\r\n')).toMatchObject({ method: 'GET' });
    expect(read('GET / HTTP/1.0', '')).toMatchObject({ isHttp10: true });
  });

  it('of HTTP/1.0 comes without chunks', () => {
    expect(read('POST / HTTP/1.0', 'Transfer-Encoding: chunked\r\n')).toBe(400);
    expect(read('POST / HTTP/1.1', 'Host: a\r\nTransfer-Encoding: chunked\r\n')).toMatchObject({
      fields: { isChunked: true },
    });
  });
});

describe('heads of one connection', () => {
  const lines = [
    'GET / HTTP/1.1',
    'GET /a HTTP/1.1',
    'POST /a HTTP/1.1',
    'GET /a HTTP/1.0',
    'GET / HTTP/1.1\r\nX-A: b',
  ];
  const fields = [
    'Host: a\r\n',
    'Host: b\r\n',
    'Host: a\r\nX-A: b\r\n',
    'X-A: b\r\nHost: a\r\n',
    'Host: a\r\nContent-Length: 0\r\n',
  ];

  it('are read as if each were the first, whatever came before', () => {
    const all = lines.flatMap((line) => fields.map((block) => head(line, block)));
    for (const before of all) {
      for (const text of all) {
        const known = new KnownFields();
        const reader = new HeadReader(known);
        reader.read(before);
        expect(plain(reader.read(text))).toEqual(fresh(text));
        // On another connection, too.
        expect(plain(new HeadReader(known).read(text))).toEqual(fresh(text));
      }
    }
  });

  it('that are as before are not read again, and those that differ in their first lines share their fields', () => {
    const reader = new HeadReader(new KnownFields());
    const first = reader.read(head('GET /a HTTP/1.1')) as RequestHead;
    expect(reader.read(head('GET /a HTTP/1.1'))).toBe(first);
    const second = reader.read(head('GET /b HTTP/1.1')) as RequestHead;
    expect(second).toEqual({ ...first, target: '/b' });
    expect(second.fields).toBe(first.fields);
  });

  it('that are good under other circumstances are refused where they are not', () => {
    const reader = new HeadReader(new KnownFields());
    expect(reader.read(head('GET / HTTP/1.0', ''))).toMatchObject({ isHttp10: true });
    expect(reader.read(head('POST / HTTP/1.1', 'Host: a\r\nTransfer-Encoding: chunked\r\n'))).toMatchObject({
      method: 'POST',
    });
    expect(reader.read(head('POST / HTTP/1.0', 'Host: a\r\nTransfer-Encoding: chunked\r\n'))).toBe(400);
  });

  it('that are long are not remembered', () => {
    const reader = new HeadReader(new KnownFields());
    const long = head('GET / HTTP/1.1', `Host: a\r\nCookie: ${'a'.repeat(2_048)}\r\n`);
    const first = reader.read(long);
    expect(plain(reader.read(long))).toEqual(plain(first));
    expect(reader.read(long)).not.toBe(first);
  });
});
