import { deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { announcesBody, mediaType, readJsonBody } from './json-body.ts';
import { type TestRequest, testRequest } from './testing.ts';

const limit = 1000;

describe.each([
  ['that is waited for', false],
  ['that came with its head', true],
])('readJsonBody, a body %s', (_title, isArrived) => {
  const read = (request: TestRequest) => readJsonBody(testRequest({ method: 'POST', isArrived, ...request }), limit);

  test('is read at once where it is there', () => {
    expect(read({ body: '{}' }) instanceof Promise).toBe(!isArrived);
    expect(read({ body: gzipSync('{}'), headers: { 'content-encoding': 'gzip' } }) instanceof Promise).toBe(!isArrived);
  });

  test('no body, and an empty one, are an empty object', async () => {
    expect(await read({})).toEqual({ ok: true, value: {} });
    expect(await read({ body: '' })).toEqual({ ok: true, value: {} });
  });

  test.each<[string, TestRequest]>([
    ['plain', { body: '{"a":"ä"}' }],
    ['gzip', { body: gzipSync('{"a":"ä"}'), headers: { 'content-encoding': 'gzip' } }],
    ['deflate', { body: deflateSync('{"a":"ä"}'), headers: { 'content-encoding': 'DEFLATE' } }],
    ['identity', { body: '{"a":"ä"}', headers: { 'content-encoding': 'identity' } }],
    [
      'UTF-16',
      { body: Buffer.from('{"a":"ä"}', 'utf16le'), headers: { 'content-type': 'application/json; charset=utf-16le' } },
    ],
    ['byte order mark', { body: '\ufeff{"a":"ä"}' }],
    ['strange parameters', { body: '{"a":"ä"}', headers: { 'content-type': 'application/json; charset=utf-8;' } }],
  ])('%s', async (_name, request) => {
    expect(await read(request)).toEqual({ ok: true, value: { a: 'ä' } });
  });

  test.each([['{'], ['null'], ['"x"'], ['1'], ['  '], ['[1,]']])('%j is a syntax error', async (body) => {
    expect(await read({ body })).toMatchObject({ ok: false, status: 400, kind: 'syntax' });
  });

  test.each<[string, TestRequest, object]>([
    ['too large', { body: 'x'.repeat(limit + 1) }, { status: 413, message: 'request entity too large' }],
    [
      'too large once inflated',
      { body: gzipSync(`"${'x'.repeat(100_000)}"`), headers: { 'content-encoding': 'gzip' } },
      { status: 413, message: 'request entity too large' },
    ],
    [
      'unknown coding',
      { body: '{}', headers: { 'content-encoding': 'br' } },
      { status: 415, message: 'unsupported content encoding "br"' },
    ],
    ['broken gzip', { body: '{}', headers: { 'content-encoding': 'gzip' } }, { status: 400 }],
    [
      'other charset',
      { body: '{}', headers: { 'content-type': 'application/json;charset=latin1' } },
      { status: 415, message: 'unsupported charset "LATIN1"' },
    ],
    ['no such UTF', { body: '{}', headers: { 'content-type': 'application/json;charset=utf-99' } }, { status: 415 }],
  ])('%s is a fault', async (_name, request, expected) => {
    expect(await read(request)).toMatchObject({ ok: false, kind: 'fault', ...expected });
  });
});

test('announcesBody', () => {
  expect(announcesBody(testRequest({}))).toBe(false);
  expect(announcesBody(testRequest({ headers: { 'content-length': '0' } }))).toBe(true);
  expect(announcesBody(testRequest({ headers: { 'content-length': 'x' } }))).toBe(false);
  expect(announcesBody(testRequest({ headers: { 'transfer-encoding': 'chunked' } }))).toBe(true);
});

test.each([
  [undefined, undefined],
  ['', undefined],
  ['application/json', 'application/json'],
  ['Application/JSON; charset=utf-8', 'application/json'],
  ['application/json;', 'application/json'],
  ['text/plain', 'text/plain'],
])('mediaType of %j is %j', (header, expected) => {
  expect(mediaType(testRequest({ headers: header === undefined ? {} : { 'content-type': header } }))).toBe(expected);
});
