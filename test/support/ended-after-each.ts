import { afterEach } from 'vitest';

interface Stoppable {
  stop(): Promise<unknown>;
}

/** Takes what was started, with what ends it unless it can be stopped, and gives it back. */
export interface EndedAfterEach {
  <Started extends Stoppable>(one: Started): Started;
  <Started>(one: Started, end: (one: Started) => Promise<unknown>): Started;
}

/**
 * For a file of tests: what is given to the function that it returns ends after the test, the last that was started
 * first, whatever came of the test and of the other ends.
 */
export function endedAfterEach(): EndedAfterEach {
  const ends: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    const failures: unknown[] = [];
    for (const end of ends.splice(0).reverse()) await end().catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw failures[0];
  });
  return <Started>(one: Started, end = (given: Started) => (given as Stoppable).stop()): Started => {
    ends.push(() => end(one));
    return one;
  };
}
