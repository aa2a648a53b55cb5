import { fieldReader } from '../context.ts';
import type { Operator } from './operator.ts';

/** `STR_…`: one of the values stands in the asked place of the text, ignoring case where the constraint says so. */
export function textMatch(matches: (text: string, value: string) => boolean): Operator {
  return (constraint, reads) => {
    if (constraint.values.length === 0) return false;
    const read = fieldReader(constraint.contextName, reads);
    const ignoreCase = constraint.caseInsensitive;
    const values = ignoreCase ? constraint.values.map((value) => value.toLowerCase()) : constraint.values;
    return (context) => {
      const actual = read(context);
      if (actual === undefined) return false;
      const text = ignoreCase ? actual.toLowerCase() : actual;
      for (const value of values) if (matches(text, value)) return true;
      return false;
    };
  };
}
