/**
 * Work that can be interrupted: a generator that yields every now and then and returns its result. Large documents are
 * worked on in this way, so that requests get their turn in between.
 */
export type Steps<Result> = Generator<void, Result, void>;

/** How long work is cut into slices. */
export interface Slicing {
  /** Milliseconds from some start; only differences are used. */
  readonly elapsedMs: () => number;
  /**
   * Asked before the first slice: many documents may arrive at the same moment. Undefined lets it begin at once.
   */
  readonly begin?: () => Promise<void> | undefined;
  /** Lets other work run; resolves when it is this work's turn again. */
  readonly yieldNow: () => Promise<void>;
  /** Told, in bytes, of a document that was put in use where there was none before. */
  readonly loaded?: ((bytes: number) => void) | undefined;
}

/** Longest stretch of work before requests get their turn. */
const sliceMs = 1;

/** Does all the work at once. */
export function finish<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/** Does the work in slices of a few milliseconds. */
export async function runInSlices<Result>(
  steps: Steps<Result>,
  { elapsedMs, begin, yieldNow }: Slicing,
): Promise<Result> {
  const turn = begin?.();
  if (turn !== undefined) await turn;
  let sliceStart = elapsedMs();
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    if (elapsedMs() - sliceStart >= sliceMs) {
      await yieldNow();
      sliceStart = elapsedMs();
    }
  }
}
