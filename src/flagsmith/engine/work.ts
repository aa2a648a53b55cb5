/**
 * Most steps of costly conditions in one evaluation. A step is a character that a pattern looks at, times the pattern's
 * size, or what takes as long; the slowest take some 30 ns.
 */
export const maxWork = 2_500_000;

/** Steps of a comparison. */
export const comparisonWork = 25;

/** Steps for hashing so many characters. */
export function hashWork(length: number): number {
  return 64 + length / 3;
}

/**
 * Bounds how long the conditions of one evaluation can take together: patterns, splits by long texts, searches in long
 * texts and paths with wildcards; comparisons where there are a hundred thousand. A client chooses the texts, and a
 * document may hold thousands of such conditions; what comes after the bound does not hold.
 */
export class Work {
  #left = maxWork;

  /** A new evaluation begins. */
  begin(): void {
    this.#left = maxWork;
  }

  /** Steps that are left; below zero when there were not enough. */
  get left(): number {
    return this.#left;
  }

  /** Takes steps. False when there are not so many left. */
  spend(steps: number): boolean {
    this.#left -= steps;
    return this.#left >= 0;
  }
}
