import { alone, type Fleet } from '../fleet/fleet.ts';
import { onLauncherGone } from './launcher.ts';

/**
 * Stops cleanly on SIGTERM and SIGINT: open requests finish, the last usage is sent, then the process ends with 0. A
 * second signal, or a stop that takes too long, ends it at once. A worker also stops when its primary says so, and takes
 * no notice of further signals: the primary decides how long it may take. The end of the launcher counts as a first
 * signal only: a stop that goes on already is left its time.
 *
 * @param limitMs most time that each of the two steps of a stop takes
 */
export function stopOnSignal(close: () => Promise<void>, limitMs: number, fleet: Fleet = alone): void {
  const isWorker = fleet.primary !== undefined;
  let stopping = false;
  const stop = () => {
    if (stopping) {
      if (!isWorker) process.exit(0);
      return;
    }
    stopping = true;
    const startedMs = performance.now();
    const longestMs = Math.min(2 * limitMs + 1_000, 2 ** 31 - 1);
    setTimeout(() => process.exit(0), longestMs).unref();
    // Last of all, in the time that is left.
    const leftMs = () => Math.min(limitMs, longestMs - 100 - (performance.now() - startedMs));
    // Before the rest: what workers counted is sent with what is left.
    const closed = fleet.stopWorkers(limitMs).then(close);
    const stopped = closed.finally(() => fleet.ended(leftMs()));
    stopped.then(
      () => process.exit(0),
      (error) => {
        console.error(error);
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  onLauncherGone(() => {
    if (!stopping) stop();
  });
  if (isWorker) fleet.onStop(stop);
  else process.on('SIGINT', stop);
}

/** What a stop has to end. Grows with a start: at first there is nothing. */
export interface Begun {
  close: () => Promise<void>;
}

/**
 * Listens to signals before anything is started, so that a process that still waits for its upstream also ends at once
 * and with 0. Set `close` as soon as there is something to end.
 *
 * @param limitMs see {@link stopOnSignal}
 */
export function stoppable(limitMs: number, fleet: Fleet): Begun {
  const begun: Begun = { close: async () => undefined };
  stopOnSignal(() => begun.close(), limitMs, fleet);
  return begun;
}
