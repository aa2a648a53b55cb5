import { expect, it } from 'vitest';
import { Input } from './input.ts';

const textOf = (input: Input) => input.unread.toString('latin1');

it('is what was added, without what was skipped', () => {
  const input = new Input(Buffer.from('abc'));
  input.skip(1);
  expect([textOf(input), input.length]).toEqual(['bc', 2]);
  input.add(Buffer.from('defg'));
  expect([textOf(input), input.length]).toEqual(['bcdefg', 6]);
  input.skip(5);
  input.add(Buffer.from('h'));
  expect([textOf(input), input.length]).toEqual(['gh', 2]);
});

it('leaves what it was made of as it is, and does not copy it before something is added', () => {
  const first = Buffer.from('hello world');
  const part = first.subarray(0, 5);
  const input = new Input(part);
  expect(input.unread).toBe(part);
  input.skip(5);
  input.add(Buffer.from('_____'));
  expect([first.toString(), textOf(input)]).toEqual(['hello world', '_____']);
});

it('does not write over what somebody may still have of it', () => {
  const input = new Input(Buffer.from('a'));
  input.add(Buffer.from('bcd'));
  const before = input.unread;
  input.skip(4);
  for (let i = 0; i < 2_000; i++) input.add(Buffer.from('x'));
  expect(before.toString()).toBe('abcd');
});

it('takes memory for what is in it, however it came: byte by byte, and read in between', () => {
  const input = new Input(Buffer.from('x'));
  const taken = new Set<ArrayBufferLike>();
  let bytes = 0;
  for (let i = 0; i < 200_000; i++) {
    input.add(Buffer.from('x'));
    if (i % 2 === 0) input.skip(2);
    const { buffer } = input.unread;
    if (taken.has(buffer)) continue;
    taken.add(buffer);
    bytes = Math.max(bytes, buffer.byteLength);
  }
  expect(bytes).toBeLessThanOrEqual(8_192);
  const long = new Input(Buffer.from('x'));
  for (let i = 0; i < 100_000; i++) long.add(Buffer.from('y'));
  expect(long.unread.buffer.byteLength).toBeLessThanOrEqual(2 * 100_001);
  expect(textOf(long)).toBe(`x${'y'.repeat(100_000)}`);
});
