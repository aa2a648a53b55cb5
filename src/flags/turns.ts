/** Turns of work that is done in slices; see {@link createTurns}. */
export interface Turns {
  /** A first turn: undefined when nobody had one in this round, so that work may begin at once. */
  begin(): Promise<void> | undefined;
  /** Resolves when it is the caller's turn, in a later round. */
  next(): Promise<void>;
}

/**
 * Gives pieces of work their turn one by one, in the order in which they asked, and one per round of the event loop, so
 * that requests come in between: ten documents that arrive together take ten rounds for a slice each, and not one that
 * is ten slices long.
 *
 * @param schedule calls back in the next round
 */
export function createTurns(schedule: (callback: () => void) => void): Turns {
  const waiting: (() => void)[] = [];
  /** True while this round's turn is taken, or somebody waits for one. */
  let isTaken = false;
  const round = () => {
    const give = waiting.shift();
    isTaken = give !== undefined;
    if (give === undefined) return;
    schedule(round);
    give();
  };
  const take = () => {
    isTaken = true;
    schedule(round);
  };
  const next = () =>
    new Promise<void>((resolve) => {
      waiting.push(resolve);
      if (!isTaken) take();
    });
  return {
    begin() {
      if (isTaken) return next();
      take();
      return undefined;
    },
    next,
  };
}
