import { cut } from '../../flags/explanation.ts';
import { pythonText } from '../json/python-text.ts';
import { Float, isList, isObject, type Json } from '../json/value.ts';

/** A value as plain data for an explanation: whole numbers beyond 2^53 as text, long texts cut. */
export function plain(value: Json): unknown {
  if (typeof value === 'string') return cut(value);
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Float) return Number.isFinite(value.value) ? value.value : pythonText(value);
  if (isList(value)) return value.slice(0, 10).map(plain);
  if (isObject(value)) return Object.fromEntries([...value].slice(0, 10).map(([key, item]) => [cut(key), plain(item)]));
  return value;
}

/** A value with its type, as a person reads it: `"1"`, `1`, `1.0`, `true`, `nothing`. */
export function shownJson(value: Json): string {
  if (value === null) return 'nothing';
  if (typeof value === 'string') return JSON.stringify(cut(value));
  if (typeof value === 'boolean') return String(value);
  return cut(pythonText(value));
}

/** A share in percent with enough digits to compare it. */
export function percent(share: number): string {
  return `${Math.round(share * 10_000) / 10_000} %`;
}
