/** Reports that a member has handed over and that upstream does not have yet, by number, the oldest first. */
export class HeldReports {
  readonly #bodies = new Map<number, string>();
  #last = 0;
  #characters = 0;

  /** Their size, in characters. */
  get bytes(): number {
    return this.#characters;
  }

  /** @returns its number, which is higher than all before */
  add(body: string): number {
    this.#bodies.set(++this.#last, body);
    this.#characters += body.length;
    return this.#last;
  }

  remove(number: number): void {
    this.#characters -= this.#bodies.get(number)?.length ?? 0;
    this.#bodies.delete(number);
  }

  /** Forgets all up to a number: upstream has them. */
  done(number: number): void {
    for (const held of this.#bodies.keys()) {
      if (held > number) return;
      this.remove(held);
    }
  }

  /** All with a higher number. */
  after(number: number): [number: number, body: string][] {
    return [...this.#bodies].filter(([held]) => held > number);
  }

  /** Takes all out. */
  take(): string[] {
    const bodies = [...this.#bodies.values()];
    this.#bodies.clear();
    this.#characters = 0;
    return bodies;
  }
}
