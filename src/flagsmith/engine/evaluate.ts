import type { CompiledEnvironment, CompiledSegment } from './compile.ts';
import type { Identity } from './context.ts';
import { type CompiledState, type Outcome, resolve } from './outcome.ts';
import { lowest } from './segment-index/marks.ts';
import { hashWork } from './work.ts';

/**
 * Evaluates one environment, request after request. Its working memory is reused: read what {@link run} leaves before
 * the next run.
 */
export class Evaluation {
  readonly #environment: CompiledEnvironment;
  readonly #winners: (CompiledState | null)[];
  readonly #priorities: Float64Array;
  readonly #touched: number[] = [];
  #identity: Identity | null = null;

  constructor(environment: CompiledEnvironment) {
    this.#environment = environment;
    this.#winners = environment.features.map(() => null);
    this.#priorities = new Float64Array(environment.features.length);
  }

  /** Whether the last run replaced any feature's own state. */
  get overridden(): boolean {
    return this.#touched.length > 0;
  }

  /**
   * Finds the state of every feature for an identity, null for none (spec sections 6, 7.2 and 7.8). `matched` receives
   * all matching segments; without it only those are asked that can match and change an answer.
   */
  run(identity: Identity | null, matched?: CompiledSegment[]): void {
    this.#forget();
    this.#identity = identity;
    const environment = this.#environment;
    environment.work.begin();
    if (identity !== null) {
      const overrides = environment.identityOverrides.find(identity);
      // nothing is lower than an identity override, so it can be settled first
      if (overrides !== undefined) for (const { index, state } of overrides) this.#win(index, state, -Infinity);
    }
    if (matched === undefined) {
      this.#runFound(identity);
      return;
    }
    for (const segment of environment.segments) {
      if (!segment.matches(identity)) continue;
      matched.push(segment);
      this.#compete(segment);
    }
  }

  #runFound(identity: Identity | null): void {
    const { deciding, decidingIndex } = this.#environment;
    if (deciding.length === 0) return;
    const found = decidingIndex.find(identity);
    for (let i = 0; i < found.length; i++) {
      for (let word = found[i]!; word !== 0; word &= word - 1) {
        const segment = deciding[i * 32 + lowest(word)]!;
        if (segment.matches(identity)) this.#compete(segment);
      }
    }
  }

  /** Whether the feature at a position has a state that only the last run's identity has. */
  isPersonal(index: number): boolean {
    return this.#winners[index] !== null && this.#priorities[index] === -Infinity;
  }

  /** The answer of the last run for the feature at a position. */
  outcome(index: number): Outcome {
    const state = this.#winners[index] ?? this.#environment.features[index]!.state;
    if (state.split === null || this.#identity === null) return state.plain;
    const { key } = this.#identity;
    // thousands of features split by a key of thousands of characters would hold everybody up
    return this.#environment.work.spend(hashWork(key.length)) ? resolve(state, key) : state.plain;
  }

  #compete({ indexes, priorities, states }: CompiledSegment): void {
    for (let i = 0; i < states.length; i++) {
      const index = indexes[i]!;
      const priority = priorities[i]!;
      if (this.#winners[index] === null || priority < this.#priorities[index]!) this.#win(index, states[i]!, priority);
    }
  }

  #win(index: number, state: CompiledState, priority: number): void {
    if (this.#winners[index] === null) this.#touched.push(index);
    this.#winners[index] = state;
    this.#priorities[index] = priority;
  }

  #forget(): void {
    for (const index of this.#touched) this.#winners[index] = null;
    this.#touched.length = 0;
  }
}
