/**
 * Gives pieces of work their turn one by one, in the order in which they asked. With a schedule of one call per round of
 * the event loop, requests come in between whatever else is under way: ten documents that arrive together take ten
 * rounds for a slice each, and not one that is ten slices long.
 *
 * @param schedule calls back in the next round
 * @returns asks for a turn, and resolves when it has come
 */
export function createTurns(schedule: (callback: () => void) => void): () => Promise<void> {
  const waiting: (() => void)[] = [];
  const next = () => {
    waiting.shift()?.();
    if (waiting.length > 0) schedule(next);
  };
  return () =>
    new Promise<void>((resolve) => {
      waiting.push(resolve);
      if (waiting.length === 1) schedule(next);
    });
}
