import type { ConstraintDefinition, Constraints } from '../../definitions/types.ts';
import { all, not, type Test } from '../predicate.ts';
import { sharedParts } from '../shared.ts';
import type { EngineEnvironment } from '../strategies/types.ts';
import { cidrList } from './cidr.ts';
import { dateComparison } from './date.ts';
import { listMembership } from './list.ts';
import { numberComparison } from './number.ts';
import type { Operator } from './operator.ts';
import { regularExpression } from './regex.ts';
import { semverComparison } from './semver.ts';
import { textMatch } from './text.ts';
import { yggdrasilConstraint } from './yggdrasil.ts';

const operators = new Map<string, Operator>([
  ['IN', listMembership],
  ['NOT_IN', (constraint, reads) => not(listMembership(constraint, reads))],
  ['STR_STARTS_WITH', textMatch((text, value) => text.startsWith(value))],
  ['STR_ENDS_WITH', textMatch((text, value) => text.endsWith(value))],
  ['STR_CONTAINS', textMatch((text, value) => text.includes(value))],
  ['NUM_EQ', numberComparison((actual, value) => actual === value)],
  ['NUM_GT', numberComparison((actual, value) => actual > value)],
  ['NUM_GTE', numberComparison((actual, value) => actual >= value)],
  ['NUM_LT', numberComparison((actual, value) => actual < value)],
  ['NUM_LTE', numberComparison((actual, value) => actual <= value)],
  ['DATE_AFTER', dateComparison((actualMs, valueMs) => actualMs > valueMs)],
  ['DATE_BEFORE', dateComparison((actualMs, valueMs) => actualMs < valueMs)],
  ['SEMVER_EQ', semverComparison((order) => order === 0)],
  ['SEMVER_GT', semverComparison((order) => order > 0)],
  ['SEMVER_GTE', semverComparison((order) => order >= 0)],
  ['SEMVER_LT', semverComparison((order) => order < 0)],
  ['SEMVER_LTE', semverComparison((order) => order <= 0)],
  ['REGEX', regularExpression],
  ['IN_CIDR', cidrList],
]);

/** What constraints need of the outside world. */
export type ConstraintEnvironment = Pick<EngineEnvironment, 'now' | 'semantics'>;

/**
 * One test for a list of constraints, all of which have to hold. An operator that this version does not know is never
 * satisfied, inverted or not, and concerns nothing but its own list.
 */
export function compileConstraints(
  constraints: Constraints,
  reads: Set<string>,
  environment: ConstraintEnvironment,
): Test {
  if (constraints === 'broken') return false;
  return all(constraints.map((constraint) => sharedConstraint(constraint, reads, environment)));
}

/** A constraint with so many values hardly ever comes again. */
const mostSharedValues = 10;

function sharedConstraint(
  constraint: ConstraintDefinition,
  reads: Set<string>,
  environment: ConstraintEnvironment,
): Test {
  const { now, semantics } = environment;
  const compileOne = semantics === 'yggdrasil' ? yggdrasilConstraint : compileConstraint;
  if (constraint.values.length > mostSharedValues) return compileOne(constraint, reads, now);
  const shared = sharedParts(environment).constraints.once(JSON.stringify(constraint), () => {
    const own = new Set<string>();
    return { test: compileOne(constraint, own, now), reads: own };
  });
  for (const name of shared.reads) reads.add(name);
  return shared.test;
}

function compileConstraint(constraint: ConstraintDefinition, reads: Set<string>, now: () => number): Test {
  const operator = operators.get(constraint.operator);
  if (operator === undefined) return false;
  const test = operator(constraint, reads, now);
  return constraint.inverted ? not(test) : test;
}
