import type { ConstraintDefinition } from '../../definitions/types.ts';
import type { Test } from '../predicate.ts';

/**
 * Turns a constraint into a test, adding the context fields it looks at to `reads`. Inversion is applied outside.
 * `now` gives milliseconds since the epoch.
 */
export type Operator = (constraint: ConstraintDefinition, reads: Set<string>, now: () => number) => Test;
