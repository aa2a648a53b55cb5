/** Runs a job now or later, and answers like it. */
export type RunJob = <Result>(job: () => Promise<Result>) => Promise<Result>;

/** Runs so many jobs at a time; others begin in the order in which they came, as soon as one has ended. */
export function atMost(limit: number): RunJob {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (job) => {
    // Whoever ends hands its place over, so that nobody who comes in between takes it.
    if (running >= limit) await new Promise<void>((resolve) => waiting.push(resolve));
    else running++;
    try {
      return await job();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  };
}
