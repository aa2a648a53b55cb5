import { pythonText } from '../../json/python-text.ts';
import { Float, type Integer, isInteger, type Json, type Scalar } from '../../json/value.ts';
import { compareSemver, parseSemver } from '../semver.ts';
import { compareCodePoints, parsePythonFloat, parsePythonInt } from '../values.ts';

/** Tests a property's value. Null is sorted out before, unless the operator asks for it. */
export type ValueTest = (value: Scalar) => boolean;

type Ordered = number | bigint;

const relations = {
  EQUAL: (a: Ordered, b: Ordered) => a === b,
  NOT_EQUAL: (a: Ordered, b: Ordered) => a !== b,
  GREATER_THAN: (a: Ordered, b: Ordered) => a > b,
  GREATER_THAN_INCLUSIVE: (a: Ordered, b: Ordered) => a >= b,
  LESS_THAN: (a: Ordered, b: Ordered) => a < b,
  LESS_THAN_INCLUSIVE: (a: Ordered, b: Ordered) => a <= b,
} as const;

/** The operators that cast the condition's value to the property's type and compare. */
export type ComparisonOperator = keyof typeof relations;

/** Whether an operator is one of {@link ComparisonOperator}. */
export function isComparison(operator: string): operator is ComparisonOperator {
  return Object.hasOwn(relations, operator);
}

/** Ends values that are compared as semantic versions. */
export const semverSuffix = ':semver';

/** Compares `property <operator> expected`; a cast that fails makes it false, for NOT_EQUAL too (spec section 7.6). */
export function comparison(operator: ComparisonOperator, expected: Json): ValueTest {
  const holds = relations[operator];
  const text = stringTest(operator, expected);
  const whole = toInt(expected);
  const float = toFloat(expected);
  const boolean = toBoolean(expected) ? 1 : 0;
  return (value) => {
    if (typeof value === 'string') return text(value);
    if (typeof value === 'boolean') return holds(value ? 1 : 0, boolean);
    if (value instanceof Float) return float !== undefined && holds(value.value, float);
    return value !== null && whole !== undefined && holds(value, whole);
  };
}

function stringTest(operator: ComparisonOperator, expected: Json): (value: string) => boolean {
  const holds = relations[operator];
  const text = pythonText(expected);
  if (typeof expected === 'string' && text.endsWith(semverSuffix)) {
    const version = parseSemver(text.slice(0, -semverSuffix.length));
    if (version === undefined) return () => false;
    return (value) => {
      const own = parseSemver(value);
      return own !== undefined && holds(compareSemver(own, version), 0);
    };
  }
  if (operator === 'EQUAL') return (value) => value === text;
  if (operator === 'NOT_EQUAL') return (value) => value !== text;
  return (value) => holds(compareCodePoints(value, text), 0);
}

/** The integer that a condition's value is cast to; undefined where that fails. */
export function toInt(expected: Json): Integer | undefined {
  if (typeof expected === 'string') return parsePythonInt(expected);
  if (typeof expected === 'boolean') return expected ? 1 : 0;
  if (expected instanceof Float) return Number.isFinite(expected.value) ? Math.trunc(expected.value) : undefined;
  return isInteger(expected) ? expected : undefined;
}

/** The float that a condition's value is cast to; undefined where that fails. */
export function toFloat(expected: Json): number | undefined {
  if (typeof expected === 'string') return parsePythonFloat(expected);
  if (typeof expected === 'boolean') return expected ? 1 : 0;
  if (expected instanceof Float) return expected.value;
  return isInteger(expected) ? Number(expected) : undefined;
}

/** The boolean that a condition's value is cast to. */
export function toBoolean(expected: Json): boolean {
  return expected !== 'False' && expected !== 'false';
}
