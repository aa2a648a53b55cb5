import { finish, type Steps } from '../../flags/steps.ts';
import { pythonText } from '../json/python-text.ts';
import { Float, isInteger, type Json } from '../json/value.ts';
import type { ConditionContext, Identity } from './context.ts';
import { type IssueCode, shown } from './issues.ts';
import { comparison, isComparison, type ValueTest } from './operators/comparison.ts';
import { membershipSteps } from './operators/membership.ts';
import { modulo } from './operators/modulo.ts';
import { contains, notContains } from './operators/text.ts';
import { percentage } from './percentage.ts';
import { type PropertyReader, type PropertyScope, propertyReader } from './property.ts';
import { type CompiledRegex, compileRegex } from './regex.ts';
import { exceeds } from './size.ts';
import { parsePythonFloat, scalarText } from './values.ts';
import { comparisonWork, hashWork, type Work } from './work.ts';

/** Decides something about an identity, null when there is none. */
export type Predicate = (identity: Identity | null) => boolean;

/** The predicate that is false for everyone; rules recognise it and fold. */
export const never: Predicate = () => false;

/** What conditions are compiled in. */
export interface ConditionScope extends PropertyScope {
  /** Patterns compiled already, by their text; others are compiled when they are met. */
  readonly patterns?: ReadonlyMap<string, CompiledRegex>;
  /** What costly conditions may cost; without it they may cost anything. */
  readonly work?: Work;
}

/** Longest value of a condition other than IN. The core API allows a thousand characters. */
const maxValueSize = 100_000;

/** The pattern of a REGEX condition as text; null for other conditions. */
export function patternOf({ operator, value }: ConditionContext): string | null {
  return operator === 'REGEX' && !exceeds(value, maxValueSize) ? pythonText(value) : null;
}

/** Takes what is wrong with the condition being compiled. */
export type ReportCondition = (code: IssueCode, message: string) => void;

/**
 * Compiles one condition (spec sections 7.4 and 7.5). Whatever makes the reference engine fail (a broken pattern, modulo
 * zero, null with IN or a split) is reported once and compiles to {@link never}.
 */
export function compileCondition(
  condition: ConditionContext,
  segmentKey: string,
  scope: ConditionScope,
  report: ReportCondition,
): Predicate {
  return finish(conditionSteps(condition, segmentKey, scope, report));
}

/** {@link compileCondition} in steps. */
export function* conditionSteps(
  { property, operator, value: expected }: ConditionContext,
  segmentKey: string,
  scope: ConditionScope,
  report: ReportCondition,
): Steps<Predicate> {
  if (operator === 'IN' && expected !== null) {
    return tested(propertyReader(property, scope), yield* membershipSteps(expected), scope);
  }
  if (exceeds(expected, maxValueSize)) {
    report('condition.size', `the value is larger than ${maxValueSize} characters; the condition never holds`);
    return never;
  }
  // a path may have to be looked up in a large tree
  if (property.startsWith('$.')) yield;
  if (operator === 'PERCENTAGE_SPLIT') return split(property, expected, segmentKey, scope, report);
  const read = propertyReader(property, scope);
  if (operator === 'IS_SET') return (identity) => read(identity) !== null;
  if (operator === 'IS_NOT_SET') return (identity) => read(identity) === null;
  const test = valueTest(operator, expected, scope, report);
  return test === null ? never : tested(read, test, scope);
}

function tested(read: PropertyReader, test: ValueTest, scope: ConditionScope): Predicate {
  const work = scope.work ?? unlimited;
  return (identity) => {
    const value = read(identity);
    return value !== null && work.spend(comparisonWork) && test(value);
  };
}

const unlimited: Pick<Work, 'spend'> = { spend: () => true };

function valueTest(operator: string, expected: Json, scope: ConditionScope, report: ReportCondition): ValueTest | null {
  if (isComparison(operator)) return comparison(operator, expected);
  switch (operator) {
    case 'CONTAINS':
      return withinWork(contains(expected), expected, scope);
    case 'NOT_CONTAINS':
      return withinWork(notContains(expected), expected, scope);
    case 'REGEX':
      return regex(pythonText(expected), scope, report);
    case 'MODULO':
      return moduloTest(expected, report);
    case 'IN':
      report('condition.null', 'IN has no value to look in; the condition never holds');
      return null;
    default:
      report('operator.unknown', `operator ${shown(operator)} is not known; the condition never holds`);
      return null;
  }
}

/** Searching takes longest where the text sought nearly occurs everywhere. */
function withinWork(test: ValueTest, expected: Json, { work }: ConditionScope): ValueTest {
  if (work === undefined) return test;
  const share = (typeof expected === 'string' ? expected.length : 1) / 64;
  return (value) => (typeof value === 'string' && !work.spend(value.length * share) ? false : test(value));
}

function regex(pattern: string, { patterns, work }: ConditionScope, report: ReportCondition): ValueTest | null {
  const compiled = patterns?.get(pattern) ?? compileRegex(pattern);
  if (compiled.ok) {
    const { size, test } = compiled;
    return (value) => {
      const text = scalarText(value);
      return work?.spend((size + 1) * (text.length + 1)) !== false && test(text);
    };
  }
  report(
    `regex.${compiled.reason}`,
    `the pattern cannot be used (${shown(compiled.message)}); the condition never holds`,
  );
  return null;
}

function moduloTest(expected: Json, report: ReportCondition): ValueTest | null {
  const test = modulo(expected);
  if (typeof test === 'function') return test;
  if (test === 'zero') report('modulo.zero', 'MODULO by zero; the condition never holds');
  return null;
}

/** The whole request's share: with an empty property the identity key itself is hashed, otherwise the property's text. */
function split(
  property: string,
  expected: Json,
  segmentKey: string,
  scope: ConditionScope,
  report: ReportCondition,
): Predicate {
  if (expected === null) {
    report('condition.null', 'PERCENTAGE_SPLIT has no percentage; the condition never holds');
    return never;
  }
  const limit = isInteger(expected) ? Number(expected) : expected instanceof Float ? expected.value : floatOf(expected);
  if (limit === undefined) return never;
  const prefix = `${segmentKey},`;
  const { work } = scope;
  const within = (text: string) => work?.spend(hashWork(text.length)) !== false && percentage(prefix, text) <= limit;
  if (property === '') return (identity) => identity !== null && within(identity.key);
  const read = propertyReader(property, scope);
  return (identity) => {
    const value = read(identity);
    return value !== null && within(scalarText(value));
  };
}

function floatOf(expected: Json): number | undefined {
  return typeof expected === 'string' ? parsePythonFloat(expected) : undefined;
}
