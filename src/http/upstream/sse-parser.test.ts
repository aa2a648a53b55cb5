import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type SseEvent, SseParser } from './sse-parser.ts';

const parse = (pieces: readonly Uint8Array[], limit = 10_000): SseEvent[] => {
  const parser = new SseParser(limit);
  return pieces.flatMap((piece) => parser.push(piece));
};
const bytes = (text: string) => Buffer.from(text);

describe('SseParser', () => {
  it.each([
    ['data: a\n\n', [{ name: 'message', data: 'a', id: '' }]],
    ['event: n\ndata:a\ndata:  b\n\n', [{ name: 'n', data: 'a\n b', id: '' }]],
    [
      'id: 7\ndata: a\n\ndata: b\n\n',
      [
        { name: 'message', data: 'a', id: '7' },
        { name: 'message', data: 'b', id: '7' },
      ],
    ],
    ['\ufeff:comment\nretry: 10\nunknown: x\ndata\n\n', [{ name: 'message', data: '', id: '' }]],
    [
      'event: lost\n\ndata: a\r\n\r\ndata: b\r\rdata: unfinished\n',
      [
        { name: 'message', data: 'a', id: '' },
        { name: 'message', data: 'b', id: '' },
      ],
    ],
    ['id: a\0b\ndata: x\n\n', [{ name: 'message', data: 'x', id: '' }]],
  ])('reads %j', (text, events) => {
    expect(parse([bytes(text)])).toEqual(events);
  });

  it('reads the same wherever the bytes are cut', () => {
    const line = fc.string({ unit: 'grapheme', maxLength: 12 }).map((text) => text.replace(/[\r\n\0]/g, '§'));
    const end = fc.constantFrom('\n', '\r', '\r\n');
    const block = fc.tuple(
      fc.array(fc.tuple(fc.constantFrom('data: ', 'event:', 'id: ', ':', ''), line, end), { maxLength: 5 }),
      end,
    );
    fc.assert(
      fc.property(
        fc.array(block, { maxLength: 5 }),
        fc.array(fc.nat({ max: 400 }), { maxLength: 10 }),
        (blocks, cuts) => {
          const whole = bytes(
            blocks.map(([lines, last]) => lines.map((parts) => parts.join('')).join('') + last).join(''),
          );
          const places = [...new Set([0, ...cuts.map((cut) => Math.min(cut, whole.length)), whole.length])].sort(
            (a, b) => a - b,
          );
          const pieces = places.slice(1).map((place, index) => whole.subarray(places[index], place));
          expect(parse(pieces)).toEqual(parse([whole]));
        },
      ),
      { numRuns: 500 },
    );
  });

  it('reads the same cut at every single place, and byte by byte', () => {
    const whole = bytes(
      'id: 1\r\nevent: unleash-connected\r\ndata: {"ä":"😀"}\r\n\r\n:\n\nid: 2\rdata: x\r\rdata: y\n\n',
    );
    const expected = parse([whole]);
    expect(expected).toHaveLength(3);
    for (let cut = 0; cut <= whole.length; cut++) {
      expect(parse([whole.subarray(0, cut), whole.subarray(cut)])).toEqual(expected);
      expect(parse([whole.subarray(0, cut), bytes(''), whole.subarray(cut)])).toEqual(expected);
    }
    expect(parse(Array.from(whole, (byte) => Uint8Array.of(byte)))).toEqual(expected);
  });

  it('refuses lines and events without an end', () => {
    expect(() => parse([bytes('x'.repeat(11))], 10)).toThrow(/longer than 10/);
    expect(() => parse([bytes('data: 12345\ndata: 12345\n')], 10)).toThrow(/longer than 10/);
    expect(parse([bytes('data: 123\n\ndata: 123\n\n')], 10)).toHaveLength(2);
  });
});
