import { RE2JS } from 're2js';
import type { ConstraintDefinition } from '../../definitions/types.ts';
import { fieldReader } from '../context.ts';
import type { Test } from '../predicate.ts';

/** `REGEX`: the pattern is found anywhere in the text. RE2 syntax, so matching takes linear time. */
export function regularExpression(constraint: ConstraintDefinition, reads: Set<string>): Test {
  const pattern = compilePattern(constraint.value, constraint.caseInsensitive);
  if (pattern === undefined) return false;
  const read = fieldReader(constraint.contextName, reads);
  return (context) => {
    const actual = read(context);
    return actual !== undefined && pattern.matcher(actual).find();
  };
}

function compilePattern(value: unknown, ignoreCase: boolean): RE2JS | undefined {
  if (typeof value !== 'string') return undefined;
  try {
    return RE2JS.compile(value, ignoreCase ? RE2JS.CASE_INSENSITIVE : 0);
  } catch {
    // A pattern outside RE2 (look-around, back-references) matches nothing, as in every Unleash SDK.
    return undefined;
  }
}
