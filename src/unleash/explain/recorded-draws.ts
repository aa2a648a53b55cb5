/**
 * Chance that can be repeated: what was drawn once is drawn again after {@link rewind}, so that the inputs of a decision
 * can be told by reading them a second time.
 */
export class RecordedDraws {
  readonly #random: () => number;
  readonly #drawn: number[] = [];
  #position = 0;

  /** @param random a number in [0, 1), like `Math.random` */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** A number in [0, 1), for the engine. */
  readonly next = (): number => {
    const known = this.#drawn[this.#position];
    const drawn = known ?? this.#random();
    this.#drawn[this.#position++] = drawn;
    return drawn;
  };

  /** Whether anything was drawn at all. */
  get drew(): boolean {
    return this.#drawn.length > 0;
  }

  /** Where the next draw will be, for {@link rewind}. */
  get position(): number {
    return this.#position;
  }

  /** What was drawn from a position on will be drawn again. */
  rewind(position: number): void {
    this.#position = position;
  }
}
