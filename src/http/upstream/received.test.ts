import { expect, test } from 'vitest';
import { Received } from './received.ts';

const text = 'what upstream sends';

test.each([
  ['as long as announced', text.length],
  ['with no length', 0],
  ['longer than announced', 8],
  ['shorter than announced', 50],
  ['announced as more than anybody sends', 2 ** 40],
])('an answer %s', async (_title, announced) => {
  const received = new Received(announced);
  for (let start = 0; start < text.length; start += 5) {
    expect(received.length).toBe(start);
    received.add(Buffer.from(text.slice(start, start + 5)));
  }
  expect(received.length).toBe(text.length);
  expect(Buffer.from(await received.bytes()).toString()).toBe(text);
});

test('an empty answer', async () => {
  for (const announced of [0, 10]) expect(await new Received(announced).bytes()).toHaveLength(0);
});

test('a long answer with no length is joined in stretches', async () => {
  const received = new Received(0);
  const pieces = Array.from({ length: 70 }, (_, i) => Buffer.alloc(64 * 1024, i));
  for (const piece of pieces) received.add(piece);
  let pauses = 0;
  const pause = async () => {
    pauses++;
  };
  const bytes = await received.bytes(pause);
  expect(Buffer.concat(pieces).equals(bytes)).toBe(true);
  expect(pauses).toBe(4);
});
