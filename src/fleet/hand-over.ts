import type { Timers } from '../flags/timers.ts';

/**
 * Hands something over now and then, one after the other.
 *
 * @param handOver gives away what there is; does not reject
 * @returns ends it: resolves when all that was there has been handed over, what was under way included
 */
export function handOverEvery(timers: Timers, intervalMs: number, handOver: () => Promise<void>): () => Promise<void> {
  let last: Promise<void> = Promise.resolve();
  let stopped = false;
  const next = () => {
    last = last.then(handOver);
    return last;
  };
  let cancel: () => void;
  const schedule = () => {
    if (!stopped) cancel = timers.set(() => void next().then(schedule), intervalMs);
  };
  schedule();
  return () => {
    stopped = true;
    cancel();
    return next();
  };
}
