import { StateStoreError } from '../flags/state-store.ts';

/** Rejects when `work` takes longer than `limitMs`. The work itself goes on: whoever calls ends it. */
export function withTimeLimit<Result>(work: Promise<Result>, limitMs: number, what: string): Promise<Result> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new StateStoreError(`${what}: no answer within ${limitMs} ms`)), limitMs);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
