import type { Timers } from '../unleash/upstream/timers.ts';

/** The real clock. Timers do not keep a process alive that has nothing else to do. */
export const systemTimers: Timers = {
  now: () => Date.now(),
  set(run, ms) {
    const timer = setTimeout(run, ms);
    timer.unref?.();
    return () => clearTimeout(timer);
  },
};
