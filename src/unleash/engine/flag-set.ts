import type { Context } from './context.ts';
import type { CompiledFlag } from './flag.ts';
import type { Asked } from './observed.ts';
import { openFlags } from './open-flags.ts';
import { type Outcome, off, pending } from './outcome.ts';
import type { Program } from './program.ts';

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
  /** Counts what flags ask for besides the context. */
  readonly asked: Asked;
  readonly #program: Program;
  /** The flags that have parents. */
  readonly #children: Uint8Array;

  /**
   * @param program of these flags
   * @param asked what the flags' parts count in when they ask for more than the context
   */
  constructor(flags: readonly CompiledFlag[], program: Program, reads: ReadonlySet<string>, asked: Asked) {
    this.asked = asked;
    this.#program = program;
    this.#children = Uint8Array.from(flags, ({ parents }) => Number(parents.length > 0));
    this.flags = flags;
    this.reads = reads;
    this.#template = new Uint16Array(flags.length);
    const dynamic: number[] = [];
    for (const [index, flag] of flags.entries()) {
      this.#indexByName.set(flag.name, index);
      const constant = flag.settled ?? pending;
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
    this.answerAll(this.dynamic, context, outcomes);
  }

  /** Prepares outcomes for {@link answer}. */
  begin(outcomes: Outcomes): void {
    outcomes.set(this.#template);
  }

  /** Answers some flags, and their parents, into outcomes that {@link begin} prepared. */
  answerAll(indexes: readonly number[], context: Context, outcomes: Outcomes): void {
    this.#program.begin();
    for (const index of indexes) if (outcomes[index] === pending) this.#decide(index, context, outcomes);
  }

  /** Answers one flag, and its parents, into outcomes that {@link begin} prepared. */
  answer(index: number, context: Context, outcomes: Outcomes): Outcome {
    const known = outcomes[index] ?? off;
    if (known !== pending) return known;
    this.#program.begin();
    return this.#decide(index, context, outcomes);
  }

  /**
   * Answers some flags as far as the context alone decides. Flags for which chance or the clock was asked as well, and
   * their children, are open: they stay pending.
   */
  settle(context: Context, positions: readonly number[]): { readonly outcomes: Outcomes; readonly open: number[] } {
    const outcomes = this.createOutcomes();
    this.begin(outcomes);
    const isPending = (index: number) => outcomes[index] === pending;
    // Each begins anew: what one flag asked the clock for, the next one asks it for as well.
    const decide = (index: number) => this.answer(index, context, outcomes);
    const open = openFlags(this.flags, positions, this.asked, isPending, decide);
    for (const index of open) outcomes[index] = pending;
    return { outcomes, open: [...open] };
  }

  #decide(index: number, context: Context, outcomes: Outcomes): Outcome {
    const isHeldBack = this.#children[index] === 1 && !this.#parentsHold(index, context, outcomes);
    const outcome = isHeldBack ? off : this.#program.run(index, context);
    outcomes[index] = outcome;
    return outcome;
  }

  #parentsHold(index: number, context: Context, outcomes: Outcomes): boolean {
    const { parents } = this.flags[index] as CompiledFlag;
    return parents.every((parent) => {
      const known = outcomes[parent.index] as Outcome;
      return parent.holds(known === pending ? this.#decide(parent.index, context, outcomes) : known);
    });
  }
}
