import type { Timers } from '../../flags/timers.ts';
import type { SharedMemory } from './shared-memory.ts';

/** A fleet's memory in this process, by a clock that tests turn. */
export class TestMemory {
  readonly #timers: Timers;
  readonly #entries = new Map<string, { readonly bytes: Uint8Array; readonly untilMs: number }>();
  readonly #leases = new Map<string, { readonly owner: string; readonly untilMs: number }>();
  readonly #listeners: ((message: string) => void)[] = [];
  readonly #again: (() => void)[] = [];
  isLost = false;
  /** Messages go nowhere. */
  isSilent = false;

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  /** Gives every lease to somebody else, as if its owner had been stopped for long. */
  giveAway(owner: string, ms: number): void {
    for (const name of this.#leases.keys()) this.#leases.set(name, { owner, untilMs: this.#timers.now() + ms });
  }

  /** Ends the silence. */
  speakAgain(): void {
    this.isSilent = false;
    for (const listener of this.#again) listener();
  }

  /** What one member sees. */
  member(): SharedMemory {
    const reach = () => {
      if (this.isLost) throw new Error('connection lost');
    };
    const mine = (name: string, owner: string) => {
      const lease = this.#leases.get(name);
      return lease !== undefined && lease.owner === owner && lease.untilMs > this.#timers.now();
    };
    return {
      read: async (name) => {
        reach();
        const entry = this.#entries.get(name);
        const leftMs = (entry?.untilMs ?? 0) - this.#timers.now();
        return entry === undefined || leftMs <= 0 ? undefined : { bytes: entry.bytes, leftMs };
      },
      take: async (name, owner, ms) => {
        reach();
        const lease = this.#leases.get(name);
        if (lease !== undefined && lease.untilMs > this.#timers.now()) return false;
        this.#leases.set(name, { owner, untilMs: this.#timers.now() + ms });
        return true;
      },
      renew: async (name, owner, ms) => {
        reach();
        if (!mine(name, owner)) return false;
        this.#leases.set(name, { owner, untilMs: this.#timers.now() + ms });
        return true;
      },
      release: async (name, owner) => {
        reach();
        if (mine(name, owner)) this.#leases.delete(name);
      },
      write: async (name, owner, bytes, ms, message) => {
        reach();
        if (!mine(name, owner)) return false;
        this.#leases.delete(name);
        this.#entries.set(name, { bytes, untilMs: this.#timers.now() + ms });
        if (!this.isSilent) for (const listener of this.#listeners) listener(message);
        return true;
      },
      onMessage: (listener, onHeardAgain) => {
        this.#listeners.push(listener);
        this.#again.push(onHeardAgain);
      },
      close: () => undefined,
    };
  }
}
