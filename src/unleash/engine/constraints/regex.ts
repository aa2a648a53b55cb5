import type { RE2JS } from 're2js';
import type { ConstraintDefinition } from '../../definitions/types.ts';
import { fieldReader } from '../context.ts';
import type { Test } from '../predicate.ts';

/**
 * Most work for one match: instructions of the pattern times characters of the text. Matching takes linear time, but
 * clients choose the text, and a large pattern over a text as long as a request body would hold up everybody. An
 * ordinary pattern has some thirty instructions.
 */
const maximumWork = 500_000;

/**
 * `REGEX`: the pattern is found anywhere in the text. RE2 syntax, so matching takes linear time. Nothing is found in a
 * text that is too long for its pattern.
 */
export function regularExpression(constraint: ConstraintDefinition, reads: Set<string>): Test {
  const pattern = compilePattern(constraint.value, constraint.caseInsensitive);
  if (pattern === undefined) return false;
  const read = fieldReader(constraint.contextName, reads);
  const longest = maximumWork / pattern.programSize();
  return (context) => {
    const actual = read(context);
    return actual !== undefined && actual.length <= longest && pattern.matcher(actual).find();
  };
}

/** With the first pattern, because most feature sets have none: a megabyte on Bun, and some 10 ms. */
function load(): typeof import('re2js') {
  return require('re2js');
}

function compilePattern(value: unknown, ignoreCase: boolean): RE2JS | undefined {
  if (typeof value !== 'string') return undefined;
  const { RE2JS } = load();
  try {
    return RE2JS.compile(value, ignoreCase ? RE2JS.CASE_INSENSITIVE : 0);
  } catch {
    // A pattern outside RE2 (look-around, back-references) matches nothing, as in every Unleash SDK.
    return undefined;
  }
}
