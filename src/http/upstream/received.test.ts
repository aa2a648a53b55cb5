import { expect, test } from 'vitest';
import { Received } from './received.ts';

const text = 'what upstream sends';

test.each([
  ['as long as announced', text.length],
  ['with no length', 0],
  ['longer than announced', 8],
  ['shorter than announced', 50],
  ['announced as more than anybody sends', 2 ** 40],
])('an answer %s', (_title, announced) => {
  const received = new Received(announced);
  for (let start = 0; start < text.length; start += 5) {
    expect(received.length).toBe(start);
    received.add(Buffer.from(text.slice(start, start + 5)));
  }
  expect(received.length).toBe(text.length);
  expect(Buffer.from(received.bytes()).toString()).toBe(text);
});

test('an empty answer', () => {
  for (const announced of [0, 10]) expect(new Received(announced).bytes()).toHaveLength(0);
});
