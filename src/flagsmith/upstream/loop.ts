import type { Timers } from '../../flags/timers.ts';

/** Something done again and again. */
export interface Loop {
  /** Does it now, unless it is being done; resolves when it is done. */
  now(): Promise<void>;
  /** No more rounds. A round under way ends by itself. */
  stop(): void;
}

/** Does `round` in intervals, counted from the end of one to the start of the next. `round` must not reject. */
export function startLoop(timers: Timers, intervalMs: number, round: () => Promise<void>): Loop {
  let running: Promise<void> | null = null;
  let stopped = false;
  let cancel = () => {};
  const schedule = () => {
    if (!stopped) cancel = timers.set(() => void now(), intervalMs);
  };
  const now = (): Promise<void> => {
    cancel();
    running ??= round().finally(() => {
      running = null;
      schedule();
    });
    return running;
  };
  schedule();
  return {
    now,
    stop() {
      stopped = true;
      cancel();
    },
  };
}
