/** What working in slices needs from outside. */
export interface SliceTiming {
  /** Milliseconds on a clock that never goes back. */
  readonly now: () => number;
  /** Lets other work run; resolves when it is this work's turn again. */
  readonly pause: () => Promise<void>;
}

/** Longest stretch of uninterrupted work, in milliseconds: short enough that no request waits noticeably. */
export const sliceMs = 4;

/** Runs a stepwise computation to its end, pausing after every {@link sliceMs}. */
export async function runInSlices<Result>(steps: Generator<void, Result>, timing: SliceTiming): Promise<Result> {
  let started = timing.now();
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    if (timing.now() - started >= sliceMs) {
      await timing.pause();
      started = timing.now();
    }
  }
}

/** Runs a stepwise computation to its end at once. */
export function runAtOnce<Result>(steps: Generator<void, Result>): Result {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}
