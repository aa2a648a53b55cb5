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
