/** The clock, passed in so that tests can turn it. */
export interface Timers {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls back once after `ms`. @returns a function that cancels */
  set(run: () => void, ms: number): () => void;
}

/** The real clock. Timers do not keep a process alive that has nothing else to do. */
export const systemTimers: Timers = {
  now: () => Date.now(),
  set(run, ms) {
    const timer = setTimeout(run, ms);
    timer.unref?.();
    return () => clearTimeout(timer);
  },
};

/** Resolves after `ms`. */
export function pause(timers: Timers, ms: number): Promise<void> {
  return new Promise((resolve) => {
    timers.set(resolve, ms);
  });
}
