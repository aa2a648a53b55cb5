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
  const short = memory.take(10);
  memory.giveBack(short);
  const long = memory.take(10_000);
  expect([long.length, long.buffer === short.buffer]).toEqual([10_000, false]);
});

it('has room for a somewhat longer body, too', () => {
  const memory = new ReplyMemory();
  const first = memory.take(33_000);
  memory.giveBack(first);
  const second = memory.take(34_000);
  expect([second.length, second.buffer === first.buffer]).toEqual([34_000, true]);
});

it('keeps a megabyte at most', () => {
  const memory = new ReplyMemory();
  const taken = Array.from({ length: 100 }, () => memory.take(32 * 1024));
  for (const bytes of taken) memory.giveBack(bytes);
  const known = new Set(taken.map(({ buffer }) => buffer));
  const again = Array.from({ length: 100 }, () => memory.take(32 * 1024));
  expect(again.filter(({ buffer }) => known.has(buffer))).toHaveLength(32);
  // as much again, once there is room
  for (const bytes of again) memory.giveBack(bytes);
  const last = new Set(again.map(({ buffer }) => buffer));
  expect(Array.from({ length: 100 }, () => memory.take(9)).filter(({ buffer }) => last.has(buffer))).toHaveLength(32);
});

it('keeps no very long body', () => {
  const memory = new ReplyMemory();
  const long = memory.take(128 * 1024 + 1);
  memory.giveBack(long);
  expect(memory.take(10).buffer).not.toBe(long.buffer);
});
