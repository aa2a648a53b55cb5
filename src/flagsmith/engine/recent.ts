/**
 * The values that were asked for lately, up to a weight: at least half of that, at most all of it. Two maps instead of an
 * order of use, so that a hit costs one lookup and nothing is allocated.
 */
export class Recent<Key, Value> {
  readonly #half: number;
  #weight = 0;
  #young = new Map<Key, Value>();
  #old = new Map<Key, Value>();

  /** @param most weight of all values together */
  constructor(most: number) {
    this.#half = most / 2;
  }

  get(key: Key): Value | undefined {
    return this.#young.get(key) ?? this.#old.get(key);
  }

  /** Keeps a value that was not found; the half that was kept longest may go for it. */
  set(key: Key, value: Value, weight: number): void {
    if (weight > this.#half) return;
    if (this.#weight + weight > this.#half) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#weight = 0;
    }
    this.#young.set(key, value);
    this.#weight += weight;
  }
}
