import type { Context } from './context.ts';
import type { CompiledFlag, ParentCondition } from './flag.ts';
import type { Asked } from './observed.ts';
import { type Outcome, off, pending } from './outcome.ts';

/** Where answers go: one {@link Outcome} per flag, in the set's order. Reused between requests. */
export type Outcomes = Uint16Array;

/**
 * A compiled set of flags. Immutable; evaluating it is synchronous and never throws. Flags whose answer cannot depend
 * on the request are answered when the set is made.
 */
export class FlagSet {
  /** In serving order. */
  readonly flags: readonly CompiledFlag[];
  /**
   * Names of the context fields that can change an answer; contains `*` when anything can, because a strategy comes
   * from outside. A field that is not in it need not be looked up.
   */
  readonly reads: ReadonlySet<string>;
  /** Indexes of the flags whose answer can differ from request to request. */
  readonly dynamic: readonly number[];
  readonly #indexByName = new Map<string, number>();
  readonly #template: Outcomes;

  readonly #asked: Asked;

  /** @param asked what the flags' parts count in when they ask for more than the context */
  constructor(flags: readonly CompiledFlag[], reads: ReadonlySet<string>, asked: Asked) {
    this.#asked = asked;
    this.flags = flags;
    this.reads = reads;
    this.#template = new Uint16Array(flags.length);
    const dynamic: number[] = [];
    for (const [index, flag] of flags.entries()) {
      this.#indexByName.set(flag.name, index);
      const constant = typeof flag.decide === 'number' ? flag.decide : pending;
      this.#template[index] = constant;
      if (constant === pending) dynamic.push(index);
    }
    this.dynamic = dynamic;
  }

  /** Position of a flag in {@link flags} and in outcomes; -1 for an unknown name. */
  indexOf(name: string): number {
    return this.#indexByName.get(name) ?? -1;
  }

  /** Room for the answers of {@link evaluate}. */
  createOutcomes(): Outcomes {
    return new Uint16Array(this.flags.length);
  }

  /** True when the named field can change an answer. */
  isRead(field: string): boolean {
    return this.reads.has(field) || this.reads.has('*');
  }

  /** Answers all flags. Each flag is evaluated once, also when others depend on it. */
  evaluate(context: Context, outcomes: Outcomes): void {
    outcomes.set(this.#template);
    for (const index of this.dynamic) if (outcomes[index] === pending) this.#decide(index, context, outcomes);
  }

  /** Prepares outcomes for {@link answer}. */
  begin(outcomes: Outcomes): void {
    outcomes.set(this.#template);
  }

  /** Answers one flag, and its parents, into outcomes that {@link begin} prepared. */
  answer(index: number, context: Context, outcomes: Outcomes): Outcome {
    const known = outcomes[index] ?? off;
    return known === pending ? this.#decide(index, context, outcomes) : known;
  }

  /**
   * Answers some flags as far as the context alone decides. Flags for which chance or the clock was asked as well, and
   * their children, are open: they stay pending.
   */
  settle(context: Context, positions: readonly number[]): { readonly outcomes: Outcomes; readonly open: number[] } {
    const outcomes = this.createOutcomes();
    this.begin(outcomes);
    const open = new Set<number>();
    const visit = (index: number): void => {
      if (outcomes[index] !== pending) return;
      const { parents } = this.flags[index] as CompiledFlag;
      for (const parent of parents) visit(parent.index);
      const before = this.#asked.times;
      this.#decide(index, context, outcomes);
      if (this.#asked.times !== before || parents.some((parent) => open.has(parent.index))) open.add(index);
    };
    for (const index of positions) visit(index);
    for (const index of open) outcomes[index] = pending;
    return { outcomes, open: [...open] };
  }

  #decide(index: number, context: Context, outcomes: Outcomes): Outcome {
    const { decide, parents } = this.flags[index] as CompiledFlag;
    const outcome =
      parents.length > 0 && !this.#parentsHold(parents, context, outcomes)
        ? off
        : typeof decide === 'number'
          ? decide
          : decide(context);
    outcomes[index] = outcome;
    return outcome;
  }

  #parentsHold(parents: readonly ParentCondition[], context: Context, outcomes: Outcomes): boolean {
    for (const parent of parents) if (!parent.holds(this.answer(parent.index, context, outcomes))) return false;
    return true;
  }
}
