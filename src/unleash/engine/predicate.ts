import type { Context } from './context.ts';
import type { Listed } from './listed.ts';
import type { Share } from './share.ts';

/** A compiled condition: already decided where the context cannot change it. */
export type Test = boolean | Condition;

/** Decides by the context and the time alone, so that one request needs to ask it once. Never throws. */
export type Predicate = (context: Context) => boolean;

/**
 * One condition. The kinds that documents have thousands of are objects: they take less than closures do, and a
 * {@link ../program.ts | program} can see what they are made of.
 */
export type Condition = Predicate | Every | Listed | Share | Fresh;

/** Several conditions at once. */
export class Every {
  readonly conditions: readonly Condition[];

  constructor(conditions: readonly Condition[]) {
    this.conditions = conditions;
  }

  holds(context: Context): boolean {
    for (const condition of this.conditions) if (!holds(condition, context)) return false;
    return true;
  }
}

/** A condition that is asked anew each time: by chance, or by code from outside. */
export class Fresh {
  readonly holds: Predicate;
  /** Nobody can tell what it does to the context. */
  readonly isForeign: boolean;

  constructor(test: Predicate, isForeign: boolean) {
    this.holds = test;
    this.isForeign = isForeign;
  }
}

/** Asks a condition by itself. */
export function holds(condition: Condition, context: Context): boolean {
  return typeof condition === 'function' ? condition(context) : condition.holds(context);
}

/** True when all tests are. Folds what is constant and stops at the first false one. */
export function all(tests: readonly Test[]): Test {
  const open: Condition[] = [];
  for (const test of tests) {
    if (test === false) return false;
    if (test === true) continue;
    if (test instanceof Every) open.push(...test.conditions);
    else open.push(test);
  }
  const [only] = open;
  if (only === undefined) return true;
  return open.length === 1 ? only : new Every(open);
}

/** The opposite of a test. */
export function not(test: Test): Test {
  if (typeof test === 'boolean') return !test;
  return 'opposite' in test ? test.opposite() : opposite(test);
}

// A closure is made in a function of its own: it keeps what that function's closures use.
function opposite(condition: Condition): Predicate {
  return (context) => !holds(condition, context);
}
