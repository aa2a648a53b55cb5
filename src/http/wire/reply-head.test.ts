import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { currentDate, dated, dateLength, headText, isBodiless, statusLine } from './reply-head.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2026, 1, 3, 4, 5, 6, 789) });
});
afterEach(() => {
  vi.useRealTimers();
});

const textOf = (headers: Record<string, string>) => headText({ status: 200, headers, body: null });

describe('a head', () => {
  it('has the status line and the headers as they are written', () => {
    expect(textOf({ 'Content-Type': 'text/plain', etag: '"a"', 'X-Empty': '', 'X-Letters': '\t ~\x80\xff' })).toBe(
      'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\netag: "a"\r\nX-Empty: \r\nX-Letters: \t ~\x80\xff',
    );
  });

  it('knows what statuses are called', () => {
    expect([200, 304, 404, 413, 431, 503, 599].map(statusLine)).toEqual([
      'HTTP/1.1 200 OK',
      'HTTP/1.1 304 Not Modified',
      'HTTP/1.1 404 Not Found',
      'HTTP/1.1 413 Payload Too Large',
      'HTTP/1.1 431 Request Header Fields Too Large',
      'HTTP/1.1 503 Service Unavailable',
      'HTTP/1.1 599 Unknown',
    ]);
  });

  it.each(['a\r\nb', 'a\nb', 'a\rb', '\0', '\x1f', '\x7f', '\u0100', '€', '\u{1f600}'])(
    'is refused for the value %j',
    (value) => {
      expect(() => textOf({ 'X-A': value })).toThrow(
        new TypeError("a header's value has characters that cannot be sent: X-A"),
      );
    },
  );

  it.each(['', 'a b', 'a:', 'a\r\nb', 'ä', '"a"', 'a\0', '(a)'])(
    'is refused for the name %j, again and again',
    (name) => {
      for (let i = 0; i < 3; i++) expect(() => textOf({ [name]: 'a' })).toThrow(TypeError);
    },
  );
});

it('replies without a body are known by their statuses', () => {
  expect([100, 101, 199, 200, 204, 205, 304, 400].map(isBodiless)).toEqual([
    true,
    true,
    true,
    false,
    true,
    false,
    true,
    false,
  ]);
});

it('dates are always as long, by the second, and the same object within one', () => {
  const { text, second } = currentDate();
  expect([text, text.length, second]).toEqual([
    'Tue, 03 Feb 2026 04:05:06 GMT',
    dateLength,
    Date.UTC(2026, 1, 3, 4, 5, 6) / 1_000,
  ]);
  vi.setSystemTime(Date.UTC(2026, 1, 3, 4, 5, 6, 999));
  expect(currentDate().text).toBe(text);
  vi.setSystemTime(Date.UTC(2026, 10, 13, 14, 15, 17));
  expect(dated('HTTP/1.1 200 OK')).toBe('HTTP/1.1 200 OK\r\nDate: Fri, 13 Nov 2026 14:15:17 GMT');
  // Clocks are set back, too.
  vi.setSystemTime(Date.UTC(2026, 0, 1));
  expect(currentDate().text).toBe('Thu, 01 Jan 2026 00:00:00 GMT');
});
