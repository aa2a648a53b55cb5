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
