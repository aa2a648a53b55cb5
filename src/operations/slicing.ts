import { setFlagsFromString } from 'node:v8';
import type { Slicing } from '../flags/steps.ts';
import { createTurns } from '../flags/turns.ts';
import { collectEverything, tidyAfterLoading } from './after-loading.ts';

/** So many slices are worked on before Bun is asked to collect their garbage. */
const slicesPerCollection = 4;
/** Node collects as it likes again when there was no work for so long. */
const restMs = 1_000;

/** All work of this process shares the turns. */
const turns = createTurns(setImmediate);

/**
 * How long work is cut into slices in a running program, and what becomes of the objects that it leaves behind by the
 * thousand, each of which lives for one flag only:
 *
 * - Bun lets them pile up, and never moves what survives among them, so that the memory stays in use: 21 MB with 5,000
 *   flags, 30 MB with a Flagsmith document of 20 MB. Young objects are collected in between.
 * - Node makes its nursery larger, thrice 16 MB, and copies what survives in one go. It stays small meanwhile: 39 MB
 *   less, and shorter pauses. Nor are pages that became nearly empty emptied meanwhile, which takes 20 to 30 ms with a
 *   document of 20 MB; the next collection of everything after the work does it.
 */
export const systemSlicing: Slicing = {
  elapsedMs: () => performance.now(),
  begin: turns.begin,
  yieldNow: () => {
    tidy();
    return turns.next();
  },
  loaded: tidyAfterLoading(collectEverything),
};

const tidy = typeof Bun === 'undefined' ? shortPausesMeanwhile() : youngCollected();

function youngCollected(): () => void {
  let slices = 0;
  return () => {
    slices += 1;
    // Asked for and not waited for: while 5,000 flags are swapped, a collection of all objects is often under way, and
    // has to end first, which held requests up by 30 to 40 ms. Asking takes 0.3 ms.
    if (slices % slicesPerCollection === 0) Bun.gc(false);
  };
}

function shortPausesMeanwhile(): () => void {
  let rest: NodeJS.Timeout | undefined;
  const busy = () => {
    setFlagsFromString('--semi-space-growth-factor=1');
    setFlagsFromString('--no-compact');
  };
  const atRest = () => {
    setFlagsFromString('--semi-space-growth-factor=2');
    setFlagsFromString('--compact');
  };
  return () => {
    if (rest !== undefined) {
      rest.refresh();
      return;
    }
    busy();
    rest = setTimeout(() => {
      rest = undefined;
      atRest();
    }, restMs);
    rest.unref();
  };
}
