import { TextSet } from '../../../flags/text-set.ts';
import type { ConstraintDefinition } from '../../definitions/types.ts';
import { fieldReader } from '../context.ts';
import { Listed } from '../listed.ts';
import type { Test } from '../predicate.ts';

/** `IN`: the value is one of the listed texts. A missing value is in no list. */
export function listMembership(constraint: ConstraintDefinition, reads: Set<string>): Test {
  const [only] = constraint.values;
  if (only === undefined) return false;
  const read = fieldReader(constraint.contextName, reads);
  if (constraint.values.length === 1) return (context) => read(context) === only;
  return new Listed(read, new TextSet(constraint.values));
}
