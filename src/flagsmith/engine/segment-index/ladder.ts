import { compareSemver, type SemanticVersion } from '../semver.ts';
import { mark } from './marks.ts';
import type { Side } from './requirement.ts';

/** Segments by the bound that a value has to reach: those that it reaches are found without looking at the others. */
export class Ladder<Bound> {
  readonly #steps: { readonly bound: Bound; readonly position: number }[] = [];
  readonly #compare: (left: Bound, right: Bound) => number;

  /** @param compare negative, zero or positive; NaN reaches nothing */
  constructor(side: Side, compare: (left: Bound, right: Bound) => number) {
    this.#compare = side === 'from' ? compare : (left, right) => compare(right, left);
  }

  add(bound: Bound, position: number): void {
    this.#steps.push({ bound, position });
  }

  /** Brings the steps in order, once all are added. */
  sort(): void {
    this.#steps.sort((left, right) => this.#compare(left.bound, right.bound));
  }

  get size(): number {
    return this.#steps.length;
  }

  /** Share of the steps that are at a bound or harder to reach; 1 for an empty ladder. */
  shareFrom(bound: Bound): number {
    let low = 0;
    let high = this.#steps.length;
    if (high === 0) return 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#compare(this.#steps[middle]!.bound, bound) < 0) low = middle + 1;
      else high = middle;
    }
    return 1 - low / this.#steps.length;
  }

  /** Marks the segments whose bound a value reaches. */
  markReached(value: Bound, marks: Int32Array): void {
    const steps = this.#steps;
    for (let i = 0; i < steps.length; i++) {
      const step = steps[i]!;
      if (!(this.#compare(step.bound, value) <= 0)) return;
      mark(step.position, marks);
    }
  }

  markEvery(marks: Int32Array): void {
    for (const { position } of this.#steps) mark(position, marks);
  }
}

/** The ladders of one property. */
export interface Ladders<Bound> {
  readonly from: Ladder<Bound>;
  readonly to: Ladder<Bound>;
}

/** Empty ladders in an order: negative, zero or positive. */
export function createLadders<Bound>(compare: (left: Bound, right: Bound) => number): Ladders<Bound> {
  return { from: new Ladder('from', compare), to: new Ladder('to', compare) };
}

/** Ladders of numbers. */
export const numberLadders = () => createLadders(compareNumbers);

/** Infinity equals itself, which a difference does not tell. */
function compareNumbers(left: number, right: number): number {
  if (left === right) return 0;
  return left < right ? -1 : left > right ? 1 : Number.NaN;
}

/** Ladders of semantic versions. */
export const versionLadders = () => createLadders(compareSemver);

/** Brings both in order, once all steps are added. */
export function sortLadders(ladders: Ladders<number> | Ladders<SemanticVersion> | null): void {
  ladders?.from.sort();
  ladders?.to.sort();
}
