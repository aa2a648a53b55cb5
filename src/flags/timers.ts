/** The clock, passed in so that tests can turn it. */
export interface Timers {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls back once after `ms`. @returns a function that cancels */
  set(run: () => void, ms: number): () => void;
}

/** Resolves after `ms`. */
export function pause(timers: Timers, ms: number): Promise<void> {
  return new Promise((resolve) => {
    timers.set(resolve, ms);
  });
}

/** Resolves after `ms`, or as soon as the signal is given. */
export function pauseUntil(timers: Pick<Timers, 'set'>, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      cancel();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const cancel = timers.set(end, ms);
    signal.addEventListener('abort', end, { once: true });
  });
}
