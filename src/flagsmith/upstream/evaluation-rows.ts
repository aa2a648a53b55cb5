import type { EvaluationRow } from '../api/options.ts';

type Rows = Map<string, { readonly row: EvaluationRow; count: number }>;

/** What a row takes besides its texts. */
const rowOverheadBytes = 200;

/** Most rows in one request. */
export const maxRowsPerRequest = 1_000;

/** Adds up evaluations by environment, feature, identity and the state seen, in bounded memory. */
export class EvaluationRows {
  readonly #limitBytes: number;
  #pending = new Map<string, Rows>();
  #heldBytes = 0;
  #dropped = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** Memory of what waits, in bytes, about. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Counts that found no room. */
  get dropped(): number {
    return this.#dropped;
  }

  add(clientKey: string, rows: Iterable<EvaluationRow>): void {
    for (const row of rows) {
      const pending = this.#pending.get(clientKey);
      const key = keyOf(row);
      const known = pending?.get(key);
      if (known !== undefined) {
        known.count = Math.min(known.count + row.count, Number.MAX_SAFE_INTEGER);
        continue;
      }
      const bytes = sizeOf(key);
      if (this.#heldBytes + bytes > this.#limitBytes) {
        this.#dropped += row.count;
        continue;
      }
      this.#heldBytes += bytes;
      if (pending === undefined) this.#pending.set(clientKey, new Map([[key, { row, count: row.count }]]));
      else pending.set(key, { row, count: row.count });
    }
  }

  /** Takes everything out. */
  take(): [clientKey: string, rows: readonly EvaluationRow[]][] {
    const taken = Array.from(this.#pending, ([clientKey, rows]): [string, EvaluationRow[]] => [
      clientKey,
      Array.from(rows.values(), ({ row, count }) => ({ ...row, count })),
    ]);
    this.#pending = new Map();
    this.#heldBytes = 0;
    return taken;
  }
}

/** Rows as version 2 of analytics wants them. */
export function evaluationsBody(rows: readonly EvaluationRow[]): string {
  return JSON.stringify({
    evaluations: rows.map(({ feature, identifier, count, enabled }) => ({
      feature_name: feature,
      identity_identifier: identifier,
      count,
      enabled_when_evaluated: enabled,
    })),
  });
}

/** Rows as sums by feature, which version 1 knows. */
export function sums(rows: readonly EvaluationRow[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { feature, count } of rows) counts.set(feature, (counts.get(feature) ?? 0) + count);
  return counts;
}

function keyOf({ feature, identifier, enabled }: EvaluationRow): string {
  return JSON.stringify([feature, identifier, enabled]);
}

function sizeOf(key: string): number {
  return rowOverheadBytes + key.length * 4;
}
