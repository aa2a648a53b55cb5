import { type TextSet, textSet } from '../../../flags/text-set.ts';
import type { ConstraintDefinition } from '../../definitions/types.ts';
import { type FieldReader, fieldReader } from '../context.ts';
import type { Predicate, Test } from '../predicate.ts';

/** `IN`: the value is one of the listed texts. A missing value is in no list. */
export function listMembership(constraint: ConstraintDefinition, reads: Set<string>): Test {
  const [only] = constraint.values;
  if (only === undefined) return false;
  const read = fieldReader(constraint.contextName, reads);
  if (constraint.values.length === 1) return (context) => read(context) === only;
  return listed(read, textSet(constraint.values));
}

function listed(read: FieldReader, isListed: TextSet): Predicate {
  return (context) => isListed(read(context));
}
