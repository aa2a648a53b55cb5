/** Reports that a member has handed over and that upstream does not have yet, by number, the oldest first. */
export class HeldReports {
  readonly #bodies = new Map<number, string>();
  #last = 0;
  #bytes = 0;

  /** Their size. */
  get bytes(): number {
    return this.#bytes;
  }

  /** @returns its number, which is higher than all before */
  add(body: string): number {
    this.#bodies.set(++this.#last, body);
    this.#bytes += Buffer.byteLength(body);
    return this.#last;
  }

  remove(number: number): void {
    this.#bytes -= Buffer.byteLength(this.#bodies.get(number) ?? '');
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
    this.#bytes = 0;
    return bodies;
  }
}
