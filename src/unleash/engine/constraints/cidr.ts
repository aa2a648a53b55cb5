import type { ConstraintDefinition } from '../../definitions/types.ts';
import { addressRange, parseAddress } from '../addresses.ts';
import { fieldReader } from '../context.ts';
import type { Test } from '../predicate.ts';

/** `IN_CIDR`: the address lies in one of the listed IPv4 or IPv6 ranges. Entries that are no range are ignored. */
export function cidrList(constraint: ConstraintDefinition, reads: Set<string>): Test {
  const ranges = constraint.values.flatMap((value) => addressRange(value) ?? []);
  if (ranges.length === 0) return false;
  const read = fieldReader(constraint.contextName, reads);
  return (context) => {
    const address = parseAddress(read(context));
    return address !== undefined && ranges.some((contains) => contains(address));
  };
}
