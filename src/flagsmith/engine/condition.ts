import { pythonText } from '../json/python-text.ts';
import { Float, isInteger, type Json } from '../json/value.ts';
import type { ConditionContext, Identity } from './context.ts';
import type { IssueCode } from './issues.ts';
import { comparison, isComparison, type ValueTest } from './operators/comparison.ts';
import { membership } from './operators/membership.ts';
import { modulo } from './operators/modulo.ts';
import { contains, notContains } from './operators/text.ts';
import { percentage } from './percentage.ts';
import { type PropertyScope, propertyReader } from './property.ts';
import { type CompiledRegex, compileRegex } from './regex.ts';
import { parsePythonFloat, scalarText } from './values.ts';

/** Decides something about an identity, null when there is none. */
export type Predicate = (identity: Identity | null) => boolean;

/** The predicate that is false for everyone; rules recognise it and fold. */
export const never: Predicate = () => false;

/** What conditions are compiled in. */
export interface ConditionScope extends PropertyScope {
  /** Patterns compiled already, by their text; others are compiled when they are met. */
  readonly patterns?: ReadonlyMap<string, CompiledRegex>;
}

/** The pattern of a REGEX condition as text; null for other conditions. */
export function patternOf({ operator, value }: ConditionContext): string | null {
  return operator === 'REGEX' ? pythonText(value) : null;
}

/** Takes what is wrong with the condition being compiled. */
export type ReportCondition = (code: IssueCode, message: string) => void;

/**
 * Compiles one condition (spec sections 7.4 and 7.5). Whatever makes the reference engine fail (a broken pattern, modulo
 * zero, null with IN or a split) is reported once and compiles to {@link never}.
 */
export function compileCondition(
  { property, operator, value: expected }: ConditionContext,
  segmentKey: string,
  scope: ConditionScope,
  report: ReportCondition,
): Predicate {
  if (operator === 'PERCENTAGE_SPLIT') return split(property, expected, segmentKey, scope, report);
  const read = propertyReader(property, scope);
  if (operator === 'IS_SET') return (identity) => read(identity) !== null;
  if (operator === 'IS_NOT_SET') return (identity) => read(identity) === null;
  const test = valueTest(operator, expected, scope, report);
  if (test === null) return never;
  return (identity) => {
    const value = read(identity);
    return value !== null && test(value);
  };
}

function valueTest(operator: string, expected: Json, scope: ConditionScope, report: ReportCondition): ValueTest | null {
  if (isComparison(operator)) return comparison(operator, expected);
  switch (operator) {
    case 'CONTAINS':
      return contains(expected);
    case 'NOT_CONTAINS':
      return notContains(expected);
    case 'REGEX':
      return regex(pythonText(expected), scope, report);
    case 'MODULO':
      return moduloTest(expected, report);
    case 'IN':
      if (expected !== null) return membership(expected);
      report('condition.null', 'IN has no value to look in; the condition never holds');
      return null;
    default:
      report('operator.unknown', `operator ${operator} is not known; the condition never holds`);
      return null;
  }
}

function regex(pattern: string, { patterns }: ConditionScope, report: ReportCondition): ValueTest | null {
  const compiled = patterns?.get(pattern) ?? compileRegex(pattern);
  if (compiled.ok) return (value) => compiled.test(scalarText(value));
  report(`regex.${compiled.reason}`, `the pattern cannot be used (${compiled.message}); the condition never holds`);
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
  scope: PropertyScope,
  report: ReportCondition,
): Predicate {
  if (expected === null) {
    report('condition.null', 'PERCENTAGE_SPLIT has no percentage; the condition never holds');
    return never;
  }
  const limit = isInteger(expected) ? Number(expected) : expected instanceof Float ? expected.value : floatOf(expected);
  if (limit === undefined) return never;
  const prefix = `${segmentKey},`;
  if (property === '') return (identity) => identity !== null && percentage(prefix + identity.key) <= limit;
  const read = propertyReader(property, scope);
  return (identity) => {
    const value = read(identity);
    return value !== null && percentage(prefix + scalarText(value)) <= limit;
  };
}

function floatOf(expected: Json): number | undefined {
  return typeof expected === 'string' ? parsePythonFloat(expected) : undefined;
}
