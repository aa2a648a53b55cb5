import { pythonText } from '../../json/python-text.ts';
import type { Json } from '../../json/value.ts';
import type { ValueTest } from './comparison.ts';

/** CONTAINS: only strings contain anything; a `:semver` suffix never matches (spec sections 7.5 and 7.6). */
export function contains(expected: Json): ValueTest {
  const part = pythonText(expected);
  if (part.endsWith(':semver')) return () => false;
  return (value) => typeof value === 'string' && value.includes(part);
}

/** NOT_CONTAINS: only strings are without something; everything else is false. */
export function notContains(expected: Json): ValueTest {
  const part = pythonText(expected);
  return (value) => typeof value === 'string' && !value.includes(part);
}
