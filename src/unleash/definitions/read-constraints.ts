import { isRecord } from './is-record.ts';
import type { ConstraintDefinition, Constraints } from './types.ts';

/** Takes a problem's description. The reader goes on. */
export type Report = (message: string) => void;

/** Reads a list of constraints. One that cannot be read breaks the list, because all of them have to hold. */
export function readConstraints(value: unknown, report: Report): Constraints {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) {
    report('"constraints" is not a list: it counts as not satisfied');
    return 'broken';
  }
  const constraints: ConstraintDefinition[] = [];
  for (const entry of value) {
    const constraint = readConstraint(entry, report);
    if (constraint === undefined) return 'broken';
    constraints.push(constraint);
  }
  return constraints;
}

/** Operators that compare with `values`; all others compare with `value`. */
const listOperators = new Set(['IN', 'NOT_IN', 'STR_STARTS_WITH', 'STR_ENDS_WITH', 'STR_CONTAINS', 'IN_CIDR']);

function readConstraint(value: unknown, report: Report): ConstraintDefinition | undefined {
  if (!isRecord(value) || typeof value.operator !== 'string') {
    report('a constraint without an operator counts as not satisfied');
    return undefined;
  }
  const needsValues = listOperators.has(value.operator);
  const values = cleanValues(value.values);
  if (needsValues && values === undefined) {
    report(`a constraint ${value.operator} without a list of texts counts as not satisfied`);
    return undefined;
  }
  return {
    contextName: String(value.contextName),
    operator: value.operator,
    values: values ?? [],
    ...(values === undefined || isSame(values, value.values) ? {} : { exactValues: exactValues(value.values) }),
    value: value.value,
    inverted: Boolean(value.inverted),
    caseInsensitive: Boolean(value.caseInsensitive),
  };
}

function isSame(clean: readonly string[], received: unknown): boolean {
  return Array.isArray(received) && received.length === clean.length && clean.every((text, i) => text === received[i]);
}

function exactValues(received: unknown): string[] {
  return (received as unknown[]).filter((value) => typeof value === 'string');
}

/** Trimmed, and without empty texts; blank ones stay, as empty texts, because the original keeps them. */
function cleanValues(values: unknown): string[] | undefined {
  if (!Array.isArray(values)) return undefined;
  const clean: string[] = [];
  for (const value of values) {
    if (value === null || value === undefined || value === '') continue;
    if (typeof value !== 'string') return undefined;
    clean.push(value.trim());
  }
  return clean;
}
