import type { MemoryBudget } from '../limits.ts';

/** Instance data of downstream Edges since the last report: the newest of each, in bounded number and memory. */
export class ConnectedInstances {
  readonly #instances = new Map<string, { data: unknown; bytes: number }>();
  readonly #budget: MemoryBudget;
  readonly #limit: number;

  constructor(limit: number, budget: MemoryBudget) {
    this.#limit = limit;
    this.#budget = budget;
  }

  get size(): number {
    return this.#instances.size;
  }

  add(data: Readonly<Record<string, unknown>>): void {
    const identifier = String(data.identifier);
    this.#remove(identifier);
    if (this.#instances.size >= this.#limit) {
      this.#budget.dropped++;
      return;
    }
    const bytes = JSON.stringify(data).length * 2;
    if (this.#budget.take(bytes)) this.#instances.set(identifier, { data, bytes });
  }

  list(): unknown[] {
    return Array.from(this.#instances.values(), ({ data }) => data);
  }

  clear(): void {
    for (const identifier of [...this.#instances.keys()]) this.#remove(identifier);
  }

  #remove(identifier: string): void {
    const known = this.#instances.get(identifier);
    if (known === undefined) return;
    this.#budget.release(known.bytes);
    this.#instances.delete(identifier);
  }
}
