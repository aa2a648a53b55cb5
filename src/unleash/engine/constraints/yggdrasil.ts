import compareBuild from 'semver/functions/compare-build.js';
import type { ConstraintDefinition } from '../../definitions/types.ts';
import { type Context, fieldReader } from '../context.ts';
import { not, type Predicate, type Test } from '../predicate.ts';
import { cidrList } from './cidr.ts';
import { listMembership } from './list.ts';
import { type Literal, readDate, readLiteral, readNumber, readVersion } from './literal.ts';
import type { Operator } from './operator.ts';
import { regularExpression } from './regex.ts';
import { textMatch } from './text.ts';

/** How two values stand to each other: below 0, 0 or above; NaN where they cannot be compared. */
type Holds = (order: number) => boolean;

const holds = {
  equal: (order) => order === 0,
  above: (order) => order > 0,
  aboveOrEqual: (order) => order >= 0,
  below: (order) => order < 0,
  belowOrEqual: (order) => order <= 0,
} as const satisfies Record<string, Holds>;

const ordinals = new Map<string, Holds>([
  ['NUM_EQ', holds.equal],
  ['NUM_GT', holds.above],
  ['NUM_GTE', holds.aboveOrEqual],
  ['NUM_LT', holds.below],
  ['NUM_LTE', holds.belowOrEqual],
  ['DATE_AFTER', holds.above],
  ['DATE_BEFORE', holds.below],
  ['SEMVER_EQ', holds.equal],
  ['SEMVER_GT', holds.above],
  ['SEMVER_GTE', holds.aboveOrEqual],
  ['SEMVER_LT', holds.below],
  ['SEMVER_LTE', holds.belowOrEqual],
]);

const lists = new Map<string, Operator>([
  ['IN', listMembership],
  ['NOT_IN', (constraint, reads) => not(listMembership(constraint, reads))],
  ['STR_STARTS_WITH', textMatch((text, value) => text.startsWith(value))],
  ['STR_ENDS_WITH', textMatch((text, value) => text.endsWith(value))],
  ['STR_CONTAINS', textMatch((text, value) => text.includes(value))],
  ['REGEX', regularExpression],
  ['IN_CIDR', cidrList],
]);

/** True for operators that compare with one value. */
export function isOrdinal(operator: string): boolean {
  return ordinals.has(operator);
}

/**
 * Compiles a constraint the way Yggdrasil understands it: values count exactly as they are written, the form of a
 * literal decides what is compared, and dates are those of the named field. An operator that is not known is false.
 *
 * Source: Unleash Edge specification 21, and the behaviour of 19.15.1.
 */
export function yggdrasilConstraint(constraint: ConstraintDefinition, reads: Set<string>, now: () => number): Test {
  const { operator, exactValues, inverted } = constraint;
  const compare = ordinals.get(operator);
  if (compare !== undefined) {
    const text = String(constraint.value);
    // Never satisfied, inverted or not.
    if (operator.startsWith('SEMVER_') && text.startsWith('v')) return false;
    const literal = readLiteral(text);
    // A flag with such a constraint is off before anybody asks.
    const test = literal !== undefined && comparison(constraint.contextName, literal, compare, reads, now);
    return inverted ? not(test) : test;
  }
  const known = lists.get(operator);
  if (known === undefined) return false;
  const exact = exactValues === undefined ? constraint : { ...constraint, values: exactValues };
  const test = known(exact, reads, now);
  return inverted ? not(test) : test;
}

function comparison(
  contextName: string,
  literal: Literal,
  compare: Holds,
  reads: Set<string>,
  now: () => number,
): Predicate {
  switch (literal.kind) {
    case 'date': {
      const read = timeReader(contextName, reads, now);
      return (context) => compare(read(context) - literal.ms);
    }
    case 'semver': {
      const read = fieldReader(contextName, reads);
      return (context) => {
        const version = readVersion(read(context) ?? '');
        // What was built counts here, unlike in the standard.
        return version !== undefined && compare(compareBuild(version, literal.version));
      };
    }
    default: {
      const read = fieldReader(contextName, reads);
      return (context) => {
        const actual = readNumber(read(context) ?? '');
        const difference = actual - literal.value;
        return compare(Math.abs(difference) < Number.EPSILON && compare === holds.equal ? 0 : difference);
      };
    }
  }
}

/** The time that a field names; for `currentTime` the present where a context has none. */
function timeReader(contextName: string, reads: Set<string>, now: () => number): (context: Context) => number {
  if (contextName === 'currentTime') {
    reads.add('currentTime');
    return ({ currentTime }) => (currentTime === undefined ? now() : currentTime.getTime());
  }
  const read = fieldReader(contextName, reads);
  return (context) => readDate(read(context) ?? '');
}
