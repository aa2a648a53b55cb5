import semver from 'semver';
import { fieldReader } from '../context.ts';
import type { Operator } from './operator.ts';

/** `SEMVER_…`: both sides as strict semantic versions without a leading `v`; anything else never satisfies. */
export function semverComparison(holds: (order: number) => boolean): Operator {
  return (constraint, reads) => {
    const value = parseVersion(constraint.value);
    if (value === null) return false;
    const read = fieldReader(constraint.contextName, reads);
    return (context) => {
      const actual = parseVersion(read(context));
      return actual !== null && holds(semver.compare(actual, value));
    };
  };
}

function parseVersion(text: unknown): semver.SemVer | null {
  if (typeof text !== 'string' || !/^\s*\d/.test(text)) return null;
  return semver.parse(text);
}
