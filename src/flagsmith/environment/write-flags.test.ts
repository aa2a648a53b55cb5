import { expect, it } from 'vitest';
import { flagsLength, writeFlags } from './write-flags.ts';

const written = (...texts: string[]) => {
  const pieces = texts.map((text) => Buffer.from(text));
  const bytes = Buffer.alloc(flagsLength(pieces) + 4, '~');
  expect(writeFlags(pieces, bytes, 2)).toBe(bytes.length - 2);
  return bytes.toString();
};

it('writes lists of none, one and many, with pieces that hold nothing or several', () => {
  expect(written()).toBe('~~[]~~');
  expect(written('', '')).toBe('~~[]~~');
  expect(written(',"a"')).toBe('~~["a"]~~');
  expect(written('', ',"a","b"', '', ',"é"', '')).toBe('~~["a","b","é"]~~');
});
