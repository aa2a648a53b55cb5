import type { Timers } from '../../flags/timers.ts';

/** Waits for a ring. */
export interface Waiting {
  /** Resolves at the ring, also at one that was before, or after `ms`. */
  within(ms: number): Promise<void>;
  /** Rings only here. */
  readonly ring: () => void;
  cancel(): void;
}

/** Wakes whoever waits for something by name. */
export class Doorbells {
  readonly #timers: Timers;
  readonly #waiting = new Map<string, Set<() => void>>();

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  /** Listens from now on. Ends with {@link Waiting.within} or {@link Waiting.cancel}. */
  wait(name: string): Waiting {
    const { promise, resolve } = withResolver();
    const all = this.#waiting.get(name) ?? new Set();
    this.#waiting.set(name, all.add(resolve));
    const cancel = () => {
      all.delete(resolve);
      if (all.size === 0 && this.#waiting.get(name) === all) this.#waiting.delete(name);
    };
    return {
      ring: resolve,
      cancel,
      within: async (ms) => {
        const cancelTimer = this.#timers.set(resolve, ms);
        await promise;
        cancelTimer();
        cancel();
      },
    };
  }

  ring(name: string): void {
    for (const resolve of this.#waiting.get(name) ?? []) resolve();
  }
}

function withResolver(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve: () => void = () => {};
  const promise = new Promise<void>((given) => {
    resolve = given;
  });
  return { promise, resolve };
}
