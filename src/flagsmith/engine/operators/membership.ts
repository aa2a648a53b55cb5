import { parseJson } from '../../json/cursor.ts';
import { pythonText } from '../../json/python-text.ts';
import { isInteger, isList, type Json } from '../../json/value.ts';
import type { ValueTest } from './comparison.ts';

/**
 * IN: strings and integers that are among the condition's items. Floats and booleans never are (spec section 7.5).
 */
export function membership(expected: Json): ValueTest {
  const items = new Set(itemsOf(expected));
  return (value) => (typeof value === 'string' ? items.has(value) : isInteger(value) && items.has(String(value)));
}

function itemsOf(expected: Json): readonly string[] {
  if (isList(expected)) return expected.map(pythonText);
  const text = pythonText(expected);
  const parsed = text.startsWith('[') ? parseList(text) : null;
  return parsed ?? text.split(',');
}

function parseList(text: string): readonly string[] | null {
  try {
    const parsed = parseJson(text);
    return isList(parsed) ? parsed.map(pythonText) : null;
  } catch {
    // not JSON: a comma list that happens to begin with a bracket
    return null;
  }
}
