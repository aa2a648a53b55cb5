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
  return open.length === 2 ? both(first, second) : every(open);
}

// Each closure is made in a function of its own: it keeps what that function's closures use, and documents have tens of
// thousands of them.

function both(first: Predicate, second: Predicate): Predicate {
  return (context) => first(context) && second(context);
}

function every(tests: readonly Predicate[]): Predicate {
  return (context) => {
    for (const test of tests) if (!test(context)) return false;
    return true;
  };
}

/** The opposite of a test. */
export function not(test: Test): Test {
  return typeof test === 'boolean' ? !test : opposite(test);
}

function opposite(test: Predicate): Predicate {
  return (context) => !test(context);
}
