import { expect, it } from 'vitest';
import { LoanedReply, ReplyMemory } from './loaned-reply.ts';

it('writes the next body where one was given back, and not before', () => {
  const memory = new ReplyMemory();
  const first = new LoanedReply(200, {}, memory.take(100), memory);
  const second = memory.take(90);
  expect(second.buffer).not.toBe(first.body.buffer);
  first.release();
  const third = memory.take(60);
  expect([third.buffer, third.length]).toEqual([first.body.buffer, 60]);
  // nobody else gets it meanwhile, however often the first is released
  first.release();
  expect(memory.take(50).buffer).not.toBe(third.buffer);
});

it('finds new memory where what was given back is too short', () => {
  const memory = new ReplyMemory();
  memory.giveBack(memory.take(10));
  const bytes = memory.take(11);
  expect([bytes.length, bytes.buffer.byteLength]).toEqual([11, 11]);
});

it('keeps a megabyte at most', () => {
  const memory = new ReplyMemory();
  const taken = Array.from({ length: 100 }, () => memory.take(32 * 1024));
  const long = memory.take(32 * 1024 + 1);
  for (const bytes of [long, ...taken]) memory.giveBack(bytes);
  const known = new Set(taken.map(({ buffer }) => buffer));
  const again = Array.from({ length: 100 }, () => memory.take(32 * 1024));
  expect(again.filter(({ buffer }) => known.has(buffer))).toHaveLength(32);
  expect(again.some(({ buffer }) => buffer === long.buffer)).toBe(false);
});
