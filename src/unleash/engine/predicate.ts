import type { Context } from './context.ts';

/** A compiled condition: already decided where the context cannot change it. */
export type Test = boolean | Predicate;

/** Decides by the context alone. Never throws. */
export type Predicate = (context: Context) => boolean;

/** True when all tests are. Folds what is constant and stops at the first false one. */
export function all(tests: readonly Test[]): Test {
  const open: Predicate[] = [];
  for (const test of tests) {
    if (test === false) return false;
    if (test !== true) open.push(test);
  }
  const [first, second] = open;
  if (first === undefined) return true;
  if (second === undefined) return first;
  if (open.length === 2) return (context) => first(context) && second(context);
  return (context) => {
    for (const test of open) if (!test(context)) return false;
    return true;
  };
}

/** The opposite of a test. */
export function not(test: Test): Test {
  return typeof test === 'boolean' ? !test : (context) => !test(context);
}
