import { describe, expect, it, vi } from 'vitest';
import { SentStream } from './sent-stream.ts';
import { TestStream, TestWire } from './testing.ts';

function open(isChunked = true) {
  const wire = new TestWire();
  const stream = new TestStream();
  const ended = vi.fn<(isBehind: boolean) => void>();
  const sent = new SentStream(wire, stream, isChunked, ended);
  sent.open();
  return { wire, stream, sent, ended: () => ended.mock.calls };
}

describe('a stream', () => {
  it('is sent in chunks, and ends with the last one', () => {
    const { wire, stream, sent, ended } = open();
    expect(sent.write(Buffer.from('hello'))).toBe(true);
    expect(sent.write(new Uint8Array(17).fill(97))).toBe(true);
    // Nothing would be the end.
    expect(sent.write(Buffer.alloc(0))).toBe(true);
    sent.end();
    expect(wire.text).toBe(`5\r\nhello\r\n11\r\n${'a'.repeat(17)}\r\n0\r\n\r\n`);
    expect([stream.events, ended(), wire.closedBy]).toEqual([['opened', 'closed'], [[false]], undefined]);
  });

  it('is sent as it is to who knows no chunks', () => {
    const { wire, sent, ended } = open(false);
    sent.write(Buffer.from('hello'));
    sent.write(Buffer.from(' world'));
    sent.end();
    expect([wire.text, ended()]).toEqual(['hello world', [[false]]]);
  });

  it('makes what goes to many into a chunk once, unless it is long', () => {
    const [one, other] = [open(), open()];
    for (const [length, isSame] of [
      [1024 * 1024, true],
      [1024 * 1024 + 1, false],
    ] as const) {
      const bytes = Buffer.alloc(length, 'x');
      const [first, second] = [one, other].map(({ wire, sent }) => {
        const send = vi.spyOn(wire, 'send');
        sent.write(bytes);
        return send.mock.calls.map(([piece]) => piece);
      });
      expect(Buffer.concat(first ?? []).toString('latin1')).toBe(`${length.toString(16)}\r\n${'x'.repeat(length)}\r\n`);
      expect(Buffer.concat(second ?? []).equals(Buffer.concat(first ?? []))).toBe(true);
      expect(second?.[0] === first?.[0]).toBe(isSame);
      vi.restoreAllMocks();
    }
  });

  it('says when its client is behind, and when it is not any more', () => {
    const { wire, stream, sent, ended } = open();
    wire.isTaking = false;
    expect([sent.write(Buffer.from('a')), sent.write(Buffer.alloc(2_000_000)), sent.write(Buffer.from('b'))]).toEqual([
      false,
      false,
      false,
    ]);
    wire.take();
    sent.drained();
    expect(stream.events).toEqual(['opened', 'drained']);
    expect(sent.write(Buffer.from('c'))).toBe(true);
    sent.end();
    expect(ended()).toEqual([[false]]);
  });

  it.each([true, false])('that ends while its client is behind says so; chunked: %s', (isChunked) => {
    const { wire, stream, sent, ended } = open(isChunked);
    wire.isTaking = false;
    sent.write(Buffer.from('a'));
    sent.end();
    sent.drained();
    expect([stream.events, ended()]).toEqual([['opened', 'closed'], [[true]]]);
  });

  it('is broken off without an end', () => {
    const { wire, stream, sent, ended } = open();
    sent.write(Buffer.from('a'));
    sent.abort();
    expect([wire.text, wire.closedBy, stream.events, ended()]).toEqual([
      '1\r\na\r\n',
      'destroy',
      ['opened', 'closed'],
      [],
    ]);
  });

  it('is closed once, and takes nothing afterwards, whoever closed it', () => {
    for (const close of ['end', 'abort', 'closed'] as const) {
      const { wire, stream, sent, ended } = open();
      sent[close]();
      const said = wire.text;
      sent.end();
      sent.abort();
      sent.closed();
      sent.drained();
      expect([sent.write(Buffer.from('a')), wire.text, stream.events]).toEqual([false, said, ['opened', 'closed']]);
      expect(ended()).toHaveLength(close === 'end' ? 1 : 0);
    }
  });
});
