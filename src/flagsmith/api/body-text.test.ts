import { expect, test } from 'vitest';
import { textOf } from './body-text.ts';

const text = '{"a":"é😀"}';
const mark = '\ufeff';
const utf16 = (value: string) => Buffer.from(value, 'utf16le');
const utf16Swapped = (value: string) => utf16(value).swap16();
function utf32(value: string): Buffer {
  const codes = [...value].map((character) => character.codePointAt(0) as number);
  return Buffer.from(new Uint8Array(new Uint32Array(codes).buffer));
}
const utf32Swapped = (value: string) => utf32(value).swap32();

test.each([
  ['UTF-8', Buffer.from],
  ['UTF-16', utf16],
  ['UTF-16, the other order', utf16Swapped],
  ['UTF-32', utf32],
  ['UTF-32, the other order', utf32Swapped],
] as const)('%s, with a mark and without', (_, encode) => {
  expect(textOf(encode(text))).toBe(text);
  expect(textOf(encode(mark + text))).toBe(text);
  // Parts of larger buffers, as they come from sockets.
  expect(textOf(Buffer.concat([Buffer.from('x'), encode(text)]).subarray(1))).toBe(text);
});

test('short ones', () => {
  expect(textOf(Buffer.from(''))).toBe('');
  expect(textOf(Buffer.from('1'))).toBe('1');
  expect(textOf(utf16('1'))).toBe('1');
  expect(textOf(utf16Swapped('1'))).toBe('1');
  expect(textOf(utf32('1'))).toBe('1');
  expect(textOf(utf16(mark))).toBe('');
});

test('what is none of them is no text', () => {
  expect(textOf(new Uint8Array([0x7b, 0xff]))).toBeUndefined();
  expect(textOf(new Uint8Array([0xff, 0x7b]))).toBeUndefined();
  expect(textOf(utf16(text).subarray(0, -1))).toBeUndefined();
  expect(textOf(utf32(text).subarray(0, -1))).toBeUndefined();
  expect(textOf(utf32Swapped(text).fill(0x7f, 4, 8))).toBeUndefined();
});

test('halves of characters are left to JSON', () => {
  expect(textOf(utf16('"\ud800"'))).toBe('"\ud800"');
});
