import type { Timers } from '../flags/timers.ts';

/** Longer delays than this would run out at once. About 25 days. */
export const longestDelayMs = 2 ** 31 - 1;

/** The real clock. Timers do not keep a process alive that has nothing else to do. */
export const systemTimers: Timers = {
  now: () => Date.now(),
  set(run, ms) {
    const timer = setTimeout(run, Math.min(ms, longestDelayMs));
    timer.unref?.();
    return () => clearTimeout(timer);
  },
};
