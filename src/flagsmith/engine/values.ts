import { floatText } from '../json/python-text.ts';
import { Float, type Integer, integer, type Scalar } from '../json/value.ts';

const digitString = /^-?[0-9]+$/;
const decimalString = /^-?[0-9]+\.[0-9]+$/;
// Python converts no longer digit strings
const maxDigits = 4300;

/**
 * A value as conditions see it: strings of digits become integers, `digits.digits` becomes a float, everything else
 * stays (spec section 7.4, vectors `string_coercion`).
 */
export function retype(value: Scalar): Scalar {
  if (typeof value !== 'string') return value;
  const first = value.charCodeAt(0);
  if (first !== 0x2d && !(first >= 0x30 && first <= 0x39)) return value;
  // without the `m` flag `$` is the end and nothing else, so "1\n" stays a string
  if (digitString.test(value)) return value.length > maxDigits ? value : wholeNumber(value);
  return decimalString.test(value) ? new Float(Number(value)) : value;
}

/** Python's `str()` of a scalar. */
export function scalarText(value: Scalar): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  if (value instanceof Float) return floatText(value.value);
  if (value === null) return 'None';
  return value ? 'True' : 'False';
}

/** The integer that decimal digits, with or without a minus, stand for. */
export function wholeNumber(digits: string): Integer {
  return digits.length <= 15 ? Number(digits) + 0 : integer(BigInt(digits));
}

const intText = /^[+-]?[0-9]+(?:_[0-9]+)*$/;
const floatTextForm =
  /^[+-]?(?:[0-9]+(?:_[0-9]+)*(?:\.(?:[0-9]+(?:_[0-9]+)*)?)?|\.[0-9]+(?:_[0-9]+)*)(?:[eE][+-]?[0-9]+(?:_[0-9]+)*)?$/;
const specialText = /^([+-]?)(?:(inf(?:inity)?)|nan)$/i;
// what Python's str.strip() removes; unlike JavaScript it counts the separators U+001C to U+001F and not U+FEFF
const space = /[\t-\r \u00a0\u0085\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;
const isSpace = (char: string) => space.test(char) || (char >= '\u001c' && char <= '\u001f');

/** Python's `int(text)`; undefined where it raises (spec section 7.6). */
export function parsePythonInt(text: string): Integer | undefined {
  const trimmed = strip(text);
  if (trimmed.length > maxDigits || !intText.test(trimmed)) return undefined;
  const digits = trimmed.replaceAll('_', '');
  return wholeNumber(digits.startsWith('+') ? digits.slice(1) : digits);
}

/** Python's `float(text)`; undefined where it raises. NaN and infinities are results, not failures. */
export function parsePythonFloat(text: string): number | undefined {
  const trimmed = strip(text);
  if (floatTextForm.test(trimmed)) return Number(trimmed.replaceAll('_', ''));
  const special = specialText.exec(trimmed);
  if (special === null) return undefined;
  if (special[2] === undefined) return Number.NaN;
  return special[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

function strip(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isSpace(text[start]!)) start += 1;
  while (end > start && isSpace(text[end - 1]!)) end -= 1;
  return text.slice(start, end);
}

/** Compares strings by code point, as Python does; JavaScript's `<` compares UTF-16 units. Negative, zero or positive. */
export function compareCodePoints(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let i = 0; i < length; i++) {
    const a = left.charCodeAt(i);
    const b = right.charCodeAt(i);
    if (a === b) continue;
    // surrogates stand for code points above every other unit
    const aPair = (a & 0xf800) === 0xd800;
    return aPair === ((b & 0xf800) === 0xd800) ? a - b : aPair ? 1 : -1;
  }
  return left.length - right.length;
}
