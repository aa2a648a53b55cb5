const firstWaitMs = 1_000;
const longestWaitMs = 60_000;

/** How long a collector that did not take something is left alone: longer each time, and never shorter than it asks. */
export class Pace {
  readonly #random: () => number;
  #failures = 0;

  constructor(random: () => number) {
    this.#random = random;
  }

  succeeded(): void {
    this.#failures = 0;
  }

  /** @param askedMs what the collector asks for. @returns milliseconds; spread, so that processes do not come together */
  failed(askedMs: number): number {
    const step = Math.min(longestWaitMs, firstWaitMs * 2 ** this.#failures);
    this.#failures = Math.min(this.#failures + 1, 10);
    return Math.max(askedMs, step * (0.5 + this.#random() / 2));
  }
}
