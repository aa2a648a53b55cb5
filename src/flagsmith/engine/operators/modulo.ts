import { Float, isInteger, type Json } from '../../json/value.ts';
import { parsePythonFloat } from '../values.ts';
import type { ValueTest } from './comparison.ts';

/** Why a MODULO condition can never hold. */
export type ModuloProblem = 'format' | 'zero';

/**
 * MODULO `divisor|remainder`: numbers and booleans whose remainder, with the divisor's sign as in Python, is the wanted
 * one (spec section 7.5). The reference fails on a zero divisor; here such a condition is reported and false.
 */
export function modulo(expected: Json): ValueTest | ModuloProblem {
  const parts = typeof expected === 'string' ? expected.split('|') : [];
  const divisor = parsePythonFloat(parts[0] ?? '');
  const remainder = parsePythonFloat(parts[1] ?? '');
  if (parts.length !== 2 || divisor === undefined || remainder === undefined) return 'format';
  if (divisor === 0) return 'zero';
  return (value) => {
    if (typeof value === 'boolean') return pythonModulo(value ? 1 : 0, divisor) === remainder;
    if (value instanceof Float) return pythonModulo(value.value, divisor) === remainder;
    return isInteger(value) && pythonModulo(Number(value), divisor) === remainder;
  };
}

function pythonModulo(value: number, divisor: number): number {
  const remainder = value % divisor;
  // adding the divisor before the second `%` would lose digits of fractions
  return remainder !== 0 && remainder < 0 !== divisor < 0 ? remainder + divisor : remainder;
}
