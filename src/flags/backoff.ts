const maximumFailures = 10;

/**
 * Counts failures up and down: each one makes the next wait an interval longer, up to ten, and each success makes it
 * an interval shorter again.
 */
export class Backoff {
  #failures = 0;

  get failures(): number {
    return this.#failures;
  }

  succeeded(): void {
    this.#failures = Math.max(0, this.#failures - 1);
  }

  failed(): void {
    this.#failures = Math.min(maximumFailures, this.#failures + 1);
  }

  /** For answers that only a person can change: wait as long as it gets. */
  refused(): void {
    this.#failures = maximumFailures;
  }

  /** The next wait. */
  delayMs(intervalMs: number): number {
    return intervalMs * (1 + this.#failures);
  }
}
