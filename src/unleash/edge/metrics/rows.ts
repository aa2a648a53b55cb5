import type { MemoryBudget } from './limits.ts';
import { addCounts } from './sendable.ts';
import type { MetricsRow } from './types.ts';

const hourMs = 3_600_000;
/** A row's own memory, without its texts, roughly. */
const rowBytes = 400;
const variantBytes = 60;

interface Kept {
  row: MetricsRow & { yes: number; no: number; variants: Map<string, number> };
  bytes: number;
}

/**
 * Counts waiting to be sent, one row per application, flag, environment and hour. Equal keys add up; the first row's
 * timestamp and metadata stay.
 *
 * Source: Unleash Edge specification 18.1.
 */
export class RowStore {
  readonly #rows = new Map<string, Kept>();
  readonly #budget: MemoryBudget;

  constructor(budget: MemoryBudget) {
    this.#budget = budget;
  }

  get size(): number {
    return this.#rows.size;
  }

  add(row: MetricsRow): void {
    const hour = Math.floor(row.timestampMs / hourMs);
    const key = JSON.stringify([row.appName, row.featureName, row.environment, hour]);
    let kept = this.#rows.get(key);
    if (kept === undefined) {
      const bytes = rowBytes + key.length * 4;
      if (!this.#budget.take(bytes)) return;
      kept = { row: { ...row, yes: 0, no: 0, variants: new Map() }, bytes };
      this.#rows.set(key, kept);
    }
    kept.row.yes = addCounts(kept.row.yes, row.yes);
    kept.row.no = addCounts(kept.row.no, row.no);
    for (const [name, count] of row.variants) this.#addVariant(kept, name, count);
  }

  /** All rows, in the order of their first report. */
  list(): MetricsRow[] {
    return Array.from(this.#rows.values(), ({ row }) => row);
  }

  /** Takes all rows out. */
  take(): MetricsRow[] {
    const rows = this.list();
    for (const { bytes } of this.#rows.values()) this.#budget.release(bytes);
    this.#rows.clear();
    return rows;
  }

  #addVariant(kept: Kept, name: string, count: number): void {
    const known = kept.row.variants.get(name);
    if (known === undefined) {
      const bytes = variantBytes + name.length * 2;
      if (!this.#budget.take(bytes)) return;
      kept.bytes += bytes;
    }
    kept.row.variants.set(name, addCounts(known ?? 0, count));
  }
}

/** A row as the API wants it. Variant names come from clients, so no object with a prototype is filled by them. */
export function rowJson(row: MetricsRow): object {
  const variants: Record<string, number> = Object.create(null);
  for (const [name, count] of row.variants) variants[name] = count;
  return {
    featureName: row.featureName,
    appName: row.appName,
    environment: row.environment,
    timestamp: timestampText(row.timestampMs),
    yes: row.yes,
    no: row.no,
    variants,
    ...row.metadata,
  };
}

/** A time in UTC, with a fraction only where there is one: the original's spelling. */
export function timestampText(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z');
}
