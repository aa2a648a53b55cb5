import type { Steps } from '../../flags/steps.ts';
import { floatText } from './python-text.ts';
import { Float, isList, isObject, type Json } from './value.ts';

/**
 * Compact JSON text: key order kept, non-ASCII unescaped, floats with a decimal point or exponent, integers exact, NaN
 * and infinities as `null` (spec section 2.11). Lone surrogates come out as `\uXXXX` escapes.
 */
export function encodeJson(value: Json): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (value === null) return 'null';
  if (value instanceof Float) return Number.isFinite(value.value) ? floatText(value.value) : 'null';
  if (isList(value)) return `[${value.map(encodeJson).join(',')}]`;
  if (isObject(value)) {
    const members: string[] = [];
    for (const [key, item] of value) members.push(`${JSON.stringify(key)}:${encodeJson(item)}`);
    return `{${members.join(',')}}`;
  }
  return String(value);
}

/** Texts up to this length are encoded in a moment. */
export const longTextLength = 50_000;

/** {@link encodeJson} of a text in steps: millions of escapes at once would hold up requests. */
export function* encodeTextInSteps(text: string): Steps<string> {
  let encoded = '"';
  for (let from = 0; from < text.length; ) {
    let end = from + longTextLength;
    // both halves of a pair stay together: one alone is written as an escape
    const isHighHalf = (text.charCodeAt(end - 1) & 0xfc00) === 0xd800;
    if (isHighHalf) end += 1;
    encoded += JSON.stringify(text.slice(from, end)).slice(1, -1);
    from = end;
    yield;
  }
  return `${encoded}"`;
}
