import { fieldReader } from '../context.ts';
import type { Operator } from './operator.ts';

/** `NUM_…`: both sides as JavaScript numbers; a side that is none never satisfies. */
export function numberComparison(holds: (actual: number, value: number) => boolean): Operator {
  return (constraint, reads) => {
    const value = toNumber(constraint.value);
    if (Number.isNaN(value)) return false;
    const read = fieldReader(constraint.contextName, reads);
    return (context) => {
      const actual = read(context);
      return actual !== undefined && holds(Number(actual), value);
    };
  };
}

function toNumber(value: unknown): number {
  return typeof value === 'string' || typeof value === 'number' || value === null ? Number(value) : Number.NaN;
}
