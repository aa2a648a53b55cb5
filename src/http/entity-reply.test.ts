import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { Entity } from './entity.ts';
import { entityReply, passingReply } from './entity-reply.ts';
import { LoanedReply, ReplyMemory } from './loaned-reply.ts';
import { testRequest } from './testing.ts';

const small = new Entity('ok', 'text/plain');
const large = new Entity('x'.repeat(2000), 'text/plain');
const base = { 'X-Base': '1' };

describe('entityReply', () => {
  test('sends body and entity tag', () => {
    expect(entityReply(testRequest({}), 200, base, small)).toEqual({
      status: 200,
      headers: {
        'X-Base': '1',
        'Content-Type': 'text/plain',
        ETag: 'W/"2-eoX0dku9ba8cNUXvu/DyeabcC+s"',
        Vary: 'Accept-Encoding',
      },
      body: small.bytes,
    });
  });

  test('304 carries no content headers', () => {
    const request = testRequest({ headers: { 'if-none-match': small.etag } });
    expect(entityReply(request, 200, { ...base, Vary: 'Origin' }, small)).toEqual({
      status: 304,
      headers: { 'X-Base': '1', Vary: 'Origin', ETag: small.etag },
      body: null,
    });
  });

  test('no 304 for POST, nor for errors', () => {
    const headers = { 'if-none-match': '*' };
    expect(entityReply(testRequest({ method: 'POST', headers }), 200, base, small).status).toBe(200);
    expect(entityReply(testRequest({ headers }), 401, base, small).status).toBe(401);
  });

  test('HEAD tells the length of the uncompressed body', () => {
    const reply = entityReply(
      testRequest({ method: 'HEAD', headers: { 'accept-encoding': 'gzip' } }),
      200,
      base,
      large,
    );
    expect(reply.body).toBeNull();
    expect(reply.headers['Content-Length']).toBe('2000');
    expect(reply.headers['Content-Encoding']).toBeUndefined();
  });

  test('compresses from 1024 bytes on and keeps the entity tag', () => {
    const headers = { 'accept-encoding': 'gzip' };
    const reply = entityReply(testRequest({ headers }), 200, { Vary: 'Origin' }, large);
    expect(reply.headers).toMatchObject({
      'Content-Encoding': 'gzip',
      ETag: large.etag,
      Vary: 'Origin, Accept-Encoding',
    });
    expect(gunzipSync(reply.body as Uint8Array).toString()).toBe('x'.repeat(2000));
    const at = (length: number) =>
      entityReply(testRequest({ headers }), 200, base, new Entity('x'.repeat(length), 'text/plain')).headers[
        'Content-Encoding'
      ];
    expect(at(1023)).toBeUndefined();
    expect(at(1024)).toBe('gzip');
  });

  test('a compressed form is made once and counted', () => {
    const entity = new Entity('y'.repeat(3000), 'text/plain');
    const before = entity.heldBytes;
    const first = entity.encoded('br');
    expect(entity.encoded('br')).toBe(first);
    expect(entity.heldBytes).toBe(before + first.length);
  });
});

describe('passingReply', () => {
  const text = 'y'.repeat(2000);
  const passing = (headers: Record<string, string>) => {
    const memory = new ReplyMemory();
    const bytes = memory.take(text.length);
    bytes.write(text);
    const entity = new Entity(bytes, 'text/plain');
    const reply = passingReply(testRequest({ headers }), base, entity, false, memory);
    return { bytes, entity, reply, isGivenBack: () => memory.take(1).buffer === bytes.buffer };
  };

  test('lends what it sends as it is, until that is released', () => {
    const { bytes, entity, reply, isGivenBack } = passing({});
    expect(reply).toBeInstanceOf(LoanedReply);
    expect([reply.status, reply.body]).toEqual([200, bytes]);
    expect(reply.headers).toMatchObject({ 'X-Base': '1', ETag: entity.etag, Vary: 'Accept-Encoding' });
    expect(isGivenBack()).toBe(false);
    (reply as LoanedReply).release();
    expect(isGivenBack()).toBe(true);
  });

  test('gives the bytes back at once where others are sent, or none', () => {
    const compressed = passing({ 'accept-encoding': 'gzip' });
    expect(compressed.isGivenBack()).toBe(true);
    expect(gunzipSync(compressed.reply.body as Uint8Array).toString()).toBe(text);
    const unchanged = passing({ 'if-none-match': compressed.entity.etag });
    expect(unchanged.isGivenBack()).toBe(true);
    expect([unchanged.reply.status, unchanged.reply.body]).toEqual([304, null]);
    expect(unchanged.reply.headers.ETag).toBe(compressed.entity.etag);
  });
});
