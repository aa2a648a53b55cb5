import type { EvaluationCounts } from '../flags/evaluations.ts';
import type { Filled } from '../flags/filled.ts';
import type { FlagUsage } from '../flags/flag-usage.ts';
import type { Bounds } from './metrics/bounds.ts';

/** What one running part tells about itself. Read only when somebody looks, so that keeping it costs nothing. */
export interface Figures {
  /** What its environment is called in metrics; `default` without one. */
  readonly environmentName?: string | undefined;
  /** Finished requests. */
  readonly requests?: { totals(): ReadonlyMap<string, number> };
  readonly figures?: {
    readonly polls: ReadonlyMap<string, number>;
    readonly lastUpdateMs: number;
    readonly lastFetchMs: number;
    /** Failed polls since the last good one. */
    readonly failures: number;
  };
  /** Attempts to keep definitions that failed; undefined where nothing is kept. */
  readonly backup?: { readonly failures: number };
  readonly slot?: {
    readonly current:
      | {
          readonly revision: number;
          readonly origin: string;
          readonly publishedAtMs: number;
          readonly model: {
            readonly set: { readonly flags: readonly unknown[] };
            readonly cached: { readonly bytes: number; readonly limitBytes: number; readonly replies: number };
          };
        }
      | undefined;
  };
  readonly usage?: {
    readonly size: number;
    readonly dropped: number;
    readonly heldBytes: number;
    readonly filled: { readonly toggles: Filled; readonly characters: Filled };
  };
  /** OpenFeature, where it is served. */
  readonly ofrep?: { readonly streams: number; bounds(): Bounds } | undefined;
  /** Since the start, under the empty name of an environment. */
  readonly flagUsage?: FlagUsage;
  readonly evaluations?: { readonly proxy: EvaluationCounts; readonly ofrep: EvaluationCounts };
}

/** All parts of this process. An application may run several. */
const parts = new Set<Figures>();

/** Makes a part's figures visible. @returns a function that takes them out again */
export function addFigures(figures: Figures): () => void {
  parts.add(figures);
  return () => parts.delete(figures);
}

/** All parts that were made visible, in that order. */
export function allFigures(): readonly Figures[] {
  return [...parts];
}

/** Adds a figure up over all parts. */
export function sum(read: (figures: Figures) => number | undefined): number {
  let total = 0;
  for (const part of parts) total += read(part) ?? 0;
  return total;
}

/** The largest value of a figure over all parts; 0 without any. */
export function largest(read: (figures: Figures) => number | undefined): number {
  let most = 0;
  for (const part of parts) most = Math.max(most, read(part) ?? 0);
  return most;
}

/** Adds counts up by key over all parts. */
export function sumByKey(read: (figures: Figures) => ReadonlyMap<string, number> | undefined): Map<string, number> {
  const totals = new Map<string, number>();
  for (const part of parts) {
    for (const [key, count] of read(part) ?? []) totals.set(key, (totals.get(key) ?? 0) + count);
  }
  return totals;
}
