import type { Operator } from './operator.ts';

/**
 * `DATE_…`: compares the context's `currentTime`, or now, with the constraint's date. The constraint's context name
 * plays no part.
 */
export function dateComparison(holds: (actualMs: number, valueMs: number) => boolean): Operator {
  return (constraint, reads, now) => {
    const { value } = constraint;
    if (typeof value !== 'string' && typeof value !== 'number' && value !== null) return false;
    const valueMs = new Date(value as string | number).getTime();
    if (Number.isNaN(valueMs)) return false;
    reads.add('currentTime');
    return (context) => holds(context.currentTime ? context.currentTime.getTime() : now(), valueMs);
  };
}
