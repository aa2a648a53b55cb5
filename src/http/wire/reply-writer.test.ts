import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { KeptReply } from '../kept-reply.ts';
import type { HttpReply } from '../types.ts';
import { sendReply } from './reply-writer.ts';
import { readReplies, TestWire } from './testing.ts';

const start = Date.UTC(2026, 1, 3, 4, 5, 6);
const dateAt = (seconds: number) => new Date(start + seconds * 1_000).toUTCString();
const at = (seconds: number) => vi.setSystemTime(start + seconds * 1_000);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: start });
});
afterEach(() => {
  vi.useRealTimers();
});

const reply = (body: HttpReply['body'], status = 200, headers: Record<string, string> = {}): HttpReply => ({
  status,
  headers,
  body,
});
const kept = (body: HttpReply['body'], status = 200, headers: Record<string, string> = {}) =>
  new KeptReply(reply(body, status, headers));

/** What one client gets of replies to GET. */
function sent(...replies: HttpReply[]): string {
  const wire = new TestWire();
  for (const one of replies) sendReply(wire, one, false, '');
  return wire.text;
}

describe('a reply', () => {
  it('is sent in one go, with its length and the date', () => {
    const wire = new TestWire();
    expect(sendReply(wire, reply('hëllo', 200, { 'X-A': 'b' }), false, '\r\nConnection: close')).toBe(true);
    expect([wire.text, wire.sends]).toEqual([
      `HTTP/1.1 200 OK\r\nX-A: b\r\nContent-Length: 6\r\nConnection: close\r\nDate: ${dateAt(0)}\r\n\r\nh\xc3\xabllo`,
      1,
    ]);
  });

  it.each([
    ['a text', 'hello'],
    ['bytes', Buffer.from('hello')],
    ['an empty text', ''],
    ['no body', null],
    ['a long text', 'é'.repeat(40_000)],
    ['long bytes', Buffer.alloc(100_000, 'abc')],
    ['just as much as is put together', 'x'.repeat(64 * 1024 - 80)],
  ] as const)('with %s has the same head for HEAD', (_, body) => {
    const bytes = Buffer.from(body ?? '').toString('latin1');
    for (const one of [reply(body), kept(body)]) {
      for (const _time of [1, 2, 3]) {
        expect(readReplies(sent(one))).toEqual([
          { status: 200, headers: { 'content-length': String(bytes.length) }, body: bytes },
        ]);
        const wire = new TestWire();
        sendReply(wire, one, true, '');
        const length = body === null ? {} : { 'content-length': String(bytes.length) };
        expect(readReplies(wire.text, () => true)).toEqual([{ status: 200, headers: length, body: '' }]);
      }
    }
  });

  it.each([204, 304])('of %i has no body and no length', (status) => {
    for (const one of [reply('hello', status), kept('hello', status)]) {
      for (const _time of [1, 2, 3]) expect(sent(one)).toMatch(/^HTTP\/1\.1 \d+ [A-Za-z ]+\r\nDate: .{29}\r\n\r\n$/);
    }
  });

  it('that says its length itself says it once', () => {
    for (const one of [reply('', 200, { 'Content-Length': '0' }), kept('', 200, { 'Content-Length': '0' })]) {
      for (const _time of [1, 2, 3])
        expect(readReplies(sent(one))).toEqual([{ status: 200, headers: { 'content-length': '0' }, body: '' }]);
    }
  });

  it('stays as it is for a client that is behind, while others are sent', () => {
    const wire = new TestWire();
    wire.isTaking = false;
    expect(sendReply(wire, reply('first'), false, '')).toBe(false);
    expect(readReplies(sent(reply('other'), reply('x'.repeat(1_000))))).toHaveLength(2);
    expect(sendReply(wire, reply('second'), false, '')).toBe(false);
    expect(readReplies(sent(reply('other')))).toHaveLength(1);
    wire.take();
    expect(readReplies(wire.text).map(({ body }) => body)).toEqual(['first', 'second']);
  });
});

describe('a reply that is kept', () => {
  it('has the date of each time that it is sent', () => {
    const one = kept('hello');
    for (const seconds of [0, 0, 1, 1, 86_400, 0]) {
      at(seconds);
      expect(sent(one)).toBe(`HTTP/1.1 200 OK\r\nContent-Length: 5\r\nDate: ${dateAt(seconds)}\r\n\r\nhello`);
    }
  });

  it('keeps its date where it waits for a client, while it goes to others with another', () => {
    const one = kept('hello');
    sent(one, one);
    const slow = [0, 1, 2].map((seconds) => {
      at(seconds);
      const wire = new TestWire();
      wire.isTaking = false;
      expect(sendReply(wire, one, false, '')).toBe(false);
      return wire;
    });
    at(3);
    expect(sent(one)).toContain(dateAt(3));
    for (const [seconds, wire] of slow.entries()) {
      wire.take();
      expect(wire.text).toBe(`HTTP/1.1 200 OK\r\nContent-Length: 5\r\nDate: ${dateAt(seconds)}\r\n\r\nhello`);
    }
    expect(sent(one)).toContain(dateAt(3));
  });

  it('says something about the connection only where it has to be said', () => {
    const one = kept('hello');
    sent(one, one);
    const wire = new TestWire();
    sendReply(wire, one, false, '\r\nConnection: close');
    sendReply(wire, one, false, '');
    expect(readReplies(wire.text).map(({ headers }) => headers.connection)).toEqual(['close', undefined]);
  });

  it('is refused each time where it has a header that cannot be sent', () => {
    const one = kept('hello', 200, { 'X-A': 'a\nb' });
    for (const _time of [1, 2, 3]) {
      const wire = new TestWire();
      expect(() => sendReply(wire, one, false, '')).toThrow(TypeError);
      expect(wire.sends).toBe(0);
    }
  });

  it('that is long is sent as the bytes that it has', () => {
    const body = Buffer.alloc(1024 * 1024 + 1, 'x');
    const one = kept(body);
    for (const _time of [1, 2, 3]) {
      const wire = new TestWire();
      const send = vi.spyOn(wire, 'send');
      sendReply(wire, one, false, '');
      expect(send.mock.calls.at(-1)?.[0]).toBe(body);
    }
  });
});
