import type { StrategyBrief } from './flag.ts';
import type { OutcomeVariant } from './outcome.ts';
import type { Predicate, Test } from './predicate.ts';
import type { Weights } from './split.ts';
import type { Stickiness } from './stickiness.ts';

/** Most parts of one kind that are remembered. */
const mostHeld = 1_000;
/** Parts with a longer description are not shared: hardly two are equal, and descriptions are kept. */
const longestDescription = 512;

/**
 * Parts of flags that are equal, made once. What is remembered is forgotten when it becomes too much: flags keep what
 * they have, and the next ones share among each other.
 */
export class Shared<Part> {
  readonly #held = new Map<string, Part>();

  /**
   * The part of this description.
   *
   * @param description says everything that the part is made from
   */
  once(description: string, make: () => Part): Part {
    if (description.length > longestDescription) return make();
    let part = this.#held.get(description);
    if (part === undefined) {
      part = make();
      if (this.#held.size >= mostHeld) this.#held.clear();
      this.#held.set(description, part);
    }
    return part;
  }
}

/** A compiled condition with the context fields that it looks at. */
export interface SharedTest {
  readonly test: Test;
  readonly reads: ReadonlySet<string>;
}

/** What flags that are compiled with one environment share. */
export class SharedParts {
  readonly constraints = new Shared<SharedTest>();
  /** Strategies by addresses, which list the same networks again and again. */
  readonly addresses = new Shared<Predicate>();
  readonly briefs = new Shared<StrategyBrief>();
  readonly variants = new Shared<OutcomeVariant>();
  readonly payloads = new Shared<unknown>();
  readonly weights = new Shared<Weights>();
  /** Names of context fields. */
  readonly reads = new Shared<readonly string[]>();
  /** What rollouts and variants are sticky to. */
  readonly rolloutStickiness = new Shared<Stickiness>();
  readonly variantStickiness = new Shared<Stickiness>();
}

const byEnvironment = new WeakMap<object, SharedParts>();

/** The parts that are shared by everything compiled with an environment: they may use its clock and its chance. */
export function sharedParts(environment: object): SharedParts {
  let parts = byEnvironment.get(environment);
  if (parts === undefined) {
    parts = new SharedParts();
    byEnvironment.set(environment, parts);
  }
  return parts;
}
