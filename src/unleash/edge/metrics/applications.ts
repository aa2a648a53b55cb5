import type { MemoryBudget } from './limits.ts';
import type { Application } from './types.ts';

const entryBytes = 200;

/**
 * Registrations waiting to be sent, one per application and instance. An application that names no instance has one
 * entry, which the next registration replaces: the original adds a new one each time and never removes it
 * (specification 27, 4).
 *
 * Source: Unleash Edge specification 18.2.
 */
export class ApplicationStore {
  readonly #entries = new Map<string, { application: Application; bytes: number }>();
  readonly #budget: MemoryBudget;

  constructor(budget: MemoryBudget) {
    this.#budget = budget;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Keeps a registration; it replaces an older one of the same instance. */
  add(application: Application): void {
    this.#put(keyOf(application), application);
  }

  /** Keeps a registration that could not be sent, unless a newer one came in meanwhile. */
  putBack(application: Application): void {
    const key = keyOf(application);
    if (!this.#entries.has(key)) this.#put(key, application);
  }

  list(): Application[] {
    return Array.from(this.#entries.values(), ({ application }) => application);
  }

  /** Takes all registrations out. */
  take(): Application[] {
    const applications = this.list();
    for (const { bytes } of this.#entries.values()) this.#budget.release(bytes);
    this.#entries.clear();
    return applications;
  }

  #put(key: string, application: Application): void {
    const old = this.#entries.get(key);
    if (old !== undefined) this.#budget.release(old.bytes);
    this.#entries.delete(key);
    const bytes = entryBytes + JSON.stringify(application.json).length * 2;
    if (this.#budget.take(bytes)) this.#entries.set(key, { application, bytes });
  }
}

function keyOf({ appName, instanceId }: Application): string {
  return JSON.stringify([appName, instanceId]);
}
