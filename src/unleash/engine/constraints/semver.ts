import compare from 'semver/functions/compare.js';
import parse from 'semver/functions/parse.js';
import { fieldReader } from '../context.ts';
import type { Operator } from './operator.ts';

/**
 * `SEMVER_…`: both sides as strict semantic versions; anything else never satisfies. A leading `v` is allowed in a
 * definition and not in a context.
 */
export function semverComparison(holds: (order: number) => boolean): Operator {
  return (constraint, reads) => {
    const value = typeof constraint.value === 'string' ? parse(constraint.value) : null;
    if (value === null) return false;
    const read = fieldReader(constraint.contextName, reads);
    return (context) => {
      const text = read(context);
      if (text === undefined || text.startsWith('v')) return false;
      const actual = parse(text);
      return actual !== null && holds(compare(actual, value));
    };
  };
}
