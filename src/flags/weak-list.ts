/** Things that others hold, for looking at them: being in the list keeps nothing alive. */
export class WeakList<Item extends object> {
  #refs: WeakRef<Item>[] = [];

  /** Adds one, and forgets those that are gone. */
  add(item: Item): void {
    this.#refs = this.#refs.filter((ref) => ref.deref() !== undefined);
    this.#refs.push(new WeakRef(item));
  }

  /** Those that are still there, in the order in which they were added. */
  *[Symbol.iterator](): Generator<Item> {
    for (const ref of this.#refs) {
      const item = ref.deref();
      if (item !== undefined) yield item;
    }
  }
}
