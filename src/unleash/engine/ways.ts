import { bucketer } from './bucket.ts';
import type { Context } from './context.ts';
import type { Draws } from './draws.ts';
import type { CompiledFlag, Step } from './flag.ts';
import type { FlagSet } from './flag-set.ts';
import { openFlags } from './open-flags.ts';
import { firstVariant, type Outcome, off, pending } from './outcome.ts';
import { holds } from './predicate.ts';
import { listedMark, select } from './variants.ts';

/** How a flag came to its answer. */
export interface Way {
  readonly outcome: Outcome;
  /** The strategy that held; undefined where none did, or a parent forbade it. */
  readonly step: Step | undefined;
  /** A list of overrides chose the variant. */
  readonly listed: boolean;
}

const nowhere: Way = { outcome: off, step: undefined, listed: false };
/** The way of a flag for which nothing held. Every list of ways starts with it. */
export const offWay = 0;

/**
 * Evaluates a set like {@link FlagSet} does, over the same compiled parts, and also tells which strategy decided. For
 * dialects that answer with reasons; what only needs answers does not pay for it.
 */
export class WayEvaluator {
  readonly #set: FlagSet;
  readonly #draws: Draws | undefined;
  readonly #ways: Way[][];
  /** Numbers of ways by step and marked outcome, 0 where there is none yet. */
  readonly #numbers: (Uint16Array | undefined)[][];
  readonly #hashes: Int32Array;
  readonly #template: Uint16Array;
  readonly #current: Uint16Array;

  /** @param draws what the set was compiled with; undefined where draws stay free */
  constructor(set: FlagSet, draws: Draws | undefined) {
    this.#set = set;
    this.#draws = draws;
    this.#ways = set.flags.map(() => [nowhere]);
    this.#numbers = set.flags.map(() => []);
    const hash = bucketer('draws', 0);
    this.#hashes = Int32Array.from(set.flags, ({ name }) => hash(name));
    this.#template = Uint16Array.from(set.flags, ({ settled, steps }, index) => {
      if (settled === undefined) return pending;
      if (settled === off) return offWay;
      // Where several strategies lead to the same answer, the way still depends on the context.
      const [first] = steps;
      return first?.test === true && typeof first.marked === 'number' ? this.#number(index, 0, first.marked) : pending;
    });
    this.#current = new Uint16Array(set.flags.length);
  }

  /** Starts over for another request. */
  begin(): void {
    this.#current.set(this.#template);
  }

  /** The number of the way that a flag takes for the context of the current request. */
  evaluate(index: number, context: Context): number {
    const known = this.#current[index] ?? offWay;
    return known === pending ? this.#decide(index, context) : known;
  }

  /** The number of the way of a flag for which no context changes it; undefined for others. */
  constant(index: number): number | undefined {
    const way = this.#template[index] ?? offWay;
    return way === pending ? undefined : way;
  }

  /** Flags whose way may be another one the next time, for the same context. */
  open(context: Context, indexes: Iterable<number>): ReadonlySet<number> {
    const { flags, asked } = this.#set;
    const isPending = (index: number) => this.#current[index] === pending;
    this.begin();
    return openFlags(flags, indexes, asked, isPending, (index) => this.#decide(index, context));
  }

  /** A way by its number. New ones may appear with every evaluation; what is known stays. */
  way(index: number, number: number): Way {
    return this.#ways[index]?.[number] ?? nowhere;
  }

  #decide(index: number, context: Context): number {
    const flag = this.#set.flags[index] as CompiledFlag;
    let way = offWay;
    const parentsHold = flag.parents.every((parent) =>
      parent.holds(this.way(parent.index, this.evaluate(parent.index, context)).outcome),
    );
    if (parentsHold) {
      this.#draws?.enter(this.#hashes[index] as number);
      way = this.#own(index, flag.steps, context);
    }
    this.#current[index] = way;
    return way;
  }

  #own(index: number, steps: readonly Step[], context: Context): number {
    for (let i = 0; i < steps.length; i++) {
      const { test, marked } = steps[i] as Step;
      if (test === true || holds(test, context)) {
        return this.#number(index, i, select(marked, context));
      }
    }
    return offWay;
  }

  #number(index: number, position: number, marked: number): number {
    const numbers = this.#numbers[index] as (Uint16Array | undefined)[];
    let ofStep = numbers[position];
    const listed = marked >= listedMark;
    const outcome = listed ? marked - listedMark : marked;
    const flag = this.#set.flags[index] as CompiledFlag;
    if (ofStep === undefined) {
      ofStep = new Uint16Array(2 * (firstVariant + flag.variants.length));
      numbers[position] = ofStep;
    }
    const place = 2 * outcome + Number(listed);
    let number = ofStep[place] as number;
    if (number === 0) {
      const ways = this.#ways[index] as Way[];
      number = ways.push({ outcome, step: flag.steps[position], listed }) - 1;
      ofStep[place] = number;
    }
    return number;
  }
}
