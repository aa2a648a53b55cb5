import { describe, expect, it, vi } from 'vitest';
import { BodyTooLargeError, RequestAbortedError } from '../types.ts';
import { ChunkError } from './chunked-body.ts';
import type { HeaderFields } from './header-fields.ts';
import { RequestBody } from './request-body.ts';

function bodyOf(fields: Partial<HeaderFields>) {
  const asked = vi.fn<(isToBeRead: boolean) => void>();
  const none = { values: new Map(), isChunked: false, expectsContinue: false, keepsAlive: undefined };
  const body = new RequestBody({ ...none, contentLength: undefined, ...fields }, asked);
  const feed = (text: string) => body.feed(Buffer.from(text, 'latin1'));
  return { body, feed, asked: () => asked.mock.calls.map(([isToBeRead]) => isToBeRead) };
}

const text = (bytes: Uint8Array | undefined) =>
  bytes === undefined ? undefined : Buffer.from(bytes).toString('latin1');

describe.each([
  ['a length', { contentLength: 5 }, ['he', 'l', 'lo']],
  ['chunks', { isChunked: true }, ['2\r\nhe\r\n1\r', '\nl\r\n', '2;a\r\nlo\r\n0\r\n\r\n']],
] as const)('a body with %s', (_, fields, pieces) => {
  it('is read when all of it has come, and only then', async () => {
    const { body, feed, asked } = bodyOf(fields);
    const read = body.read(5);
    expect([body.isWanted, asked()]).toEqual([true, [true]]);
    for (const piece of pieces) {
      expect([body.isDone, body.arrived(5)]).toEqual([false, undefined]);
      expect(feed(piece)).toBe(piece.length);
    }
    expect([body.isDone, text(await read), text(body.arrived(5)), text(await body.read(5))]).toEqual([
      true,
      'hello',
      'hello',
      'hello',
    ]);
    expect(body.arrived(5)).toBe(await read);
  });

  it('may have come before somebody asks, who is then told nothing else', async () => {
    const { body, feed, asked } = bodyOf(fields);
    for (const piece of pieces) feed(piece);
    expect([body.isDone, body.isWanted, text(body.arrived(5))]).toEqual([true, false, 'hello']);
    expect([text(await body.read(5)), asked()]).toEqual(['hello', []]);
  });

  it('ends where it ends', () => {
    const { body, feed } = bodyOf(fields);
    const all = pieces.join('');
    expect(feed(`${all}GET / HTTP/1.1`)).toBe(all.length);
    expect([body.isDone, feed('GET')]).toEqual([true, 0]);
  });

  it('is too large for some, and not for others', async () => {
    const { body, feed } = bodyOf(fields);
    for (const piece of pieces) feed(piece);
    expect(body.arrived(4)).toBeUndefined();
    expect(text(body.arrived(5))).toBe('hello');
    await expect(body.read(4)).rejects.toThrow(BodyTooLargeError);
    expect(body.arrived(5)).toBeUndefined();
    await expect(body.read(4)).rejects.toThrow(BodyTooLargeError);
  });

  it('is aborted for who waits for it, and for who asks later', async () => {
    const { body, feed } = bodyOf(fields);
    feed(pieces[0]);
    const read = body.read(5);
    body.abort();
    await expect(read).rejects.toThrow(RequestAbortedError);
    await expect(body.read(5)).rejects.toThrow(RequestAbortedError);
  });

  it('that nobody wants is asked for to be read over, and not kept', () => {
    const { body, feed, asked } = bodyOf(fields);
    feed(pieces[0]);
    body.drop();
    expect([body.isWanted, asked()]).toEqual([true, [false]]);
    for (const piece of pieces.slice(1)) feed(piece);
    expect([body.isDone, body.arrived(5)]).toEqual([true, undefined]);
  });
});

it('what is announced as too large is refused at once, and its rest is read over', async () => {
  const { body, feed, asked } = bodyOf({ contentLength: 6 });
  await expect(body.read(5)).rejects.toThrow(BodyTooLargeError);
  expect([asked(), body.isWanted, body.isDone]).toEqual([[false], true, false]);
  expect([feed('hello!GET'), body.isDone]).toEqual([6, true]);
});

it('chunks are refused as soon as they are too large', async () => {
  const { body, feed } = bodyOf({ isChunked: true });
  const read = body.read(5);
  const refused = expect(read).rejects.toThrow(BodyTooLargeError);
  feed('5\r\nhello\r\n');
  feed('1\r\n!');
  await refused;
  expect([body.isDone, body.isWanted]).toEqual([false, true]);
  feed('\r\n0\r\n\r\n');
  expect(body.isDone).toBe(true);
});

it('what is not in the form of chunks is said to who feeds it', () => {
  const { feed } = bodyOf({ isChunked: true });
  expect(() => feed('x\r\n')).toThrow(ChunkError);
});

it('takes memory for what it is, also where it comes byte by byte', async () => {
  const length = 50_000;
  const { body } = bodyOf({ contentLength: length });
  const read = body.read(length);
  // Each piece of its own, as they come from a socket.
  for (let i = 0; i < length; i++) body.feed(Buffer.alloc(1, 'abc'.charAt(i % 3)));
  const bytes = await read;
  expect(text(bytes)).toBe('abc'.repeat(length).slice(0, length));
  expect(bytes.buffer.byteLength).toBeLessThanOrEqual(2 * length);
});
