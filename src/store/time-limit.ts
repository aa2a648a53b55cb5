import { StateStoreError } from '../flags/state-store.ts';

/**
 * Rejects when `work` takes longer than `limitMs`. The work itself goes on: whoever calls ends it.
 *
 * @param toldMs the limit that the message names, where an earlier attempt took its share of it; default `limitMs`
 */
export function withTimeLimit<Result>(
  work: Promise<Result>,
  limitMs: number,
  what: string,
  toldMs: number = limitMs,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new StateStoreError(`${what}: no answer within ${toldMs} ms`)), limitMs);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
