/**
 * The chance behind rollouts without an id. Usually each draw is a new one; between {@link begin} and {@link end} draws
 * follow from a seed, so that the same seed gives the same answers, whichever flags were added meanwhile.
 */
export class Draws {
  /** A number in [0, 1), for the engine. */
  readonly next: () => number;
  /** Whether anything was drawn since {@link begin}. */
  drew = false;
  #seed: number | undefined;
  #state = 0;

  /** @param random a number in [0, 1), like `Math.random` */
  constructor(random: () => number) {
    this.next = () => {
      this.drew = true;
      return this.#seed === undefined ? random() : this.#step();
    };
  }

  /** Draws follow from this seed until {@link end}; without one they stay free. */
  begin(seed: number | undefined): void {
    this.#seed = seed;
    this.#state = seed ?? 0;
    this.drew = false;
  }

  /** The draws that follow are those of one flag, whatever was drawn for others. */
  enter(flagHash: number): void {
    this.#state = (this.#seed ?? 0) ^ flagHash;
  }

  /** Draws are free again. */
  end(): void {
    this.#seed = undefined;
  }

  /** Mulberry32: small, and good enough for shares of users. */
  #step(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
}
