import type { SendUpstream } from '../../http/upstream/types.ts';
import type { EvaluationRow } from '../api/options.ts';
import type { UpstreamLog } from './timers.ts';

/** What forwarding needs. */
export interface EvaluationsOptions {
  readonly apiUrl: string;
  readonly send: SendUpstream;
  readonly timeoutMs: number;
  readonly log: UpstreamLog;
  /** Most memory for rows that wait, in bytes; what finds no room is dropped and counted. */
  readonly limitBytes: number;
  /** Takes sums by feature where upstream does not know rows. */
  readonly addSums: (clientKey: string, counts: ReadonlyMap<string, number>) => void;
}

type Rows = Map<string, { readonly row: EvaluationRow; count: number }>;

const maxRowsPerRequest = 1_000;
/** What a row takes besides its texts. */
const rowOverheadBytes = 200;

/**
 * Adds up the evaluations that SDKs report with the identity and the state seen (version 2 of analytics) and forwards
 * them. Rows that could not be delivered go out with the next ones. Where the core API has no version 2, or its address
 * does not end in `/v1`, the counts go on as sums of version 1.
 */
export class Evaluations {
  readonly #options: EvaluationsOptions;
  readonly #url: string | null;
  #pending = new Map<string, Rows>();
  #heldBytes = 0;
  #dropped = 0;
  #told = false;

  constructor(options: EvaluationsOptions) {
    this.#options = options;
    const api = options.apiUrl.replace(/\/+$/, '');
    this.#url = api.endsWith('/v1') ? `${api.slice(0, -1)}2/analytics/flags/` : null;
  }

  /** Memory of what waits, in bytes, about. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Counts that found no room. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Adds rows of an environment. Features have to be existing ones. */
  add(clientKey: string, rows: Iterable<EvaluationRow>): void {
    const { limitBytes } = this.#options;
    for (const row of rows) {
      const pending = this.#pending.get(clientKey);
      const key = keyOf(row);
      const known = pending?.get(key);
      if (known !== undefined) {
        known.count = Math.min(known.count + row.count, Number.MAX_SAFE_INTEGER);
        continue;
      }
      const bytes = sizeOf(key);
      if (this.#heldBytes + bytes > limitBytes) {
        this.#dropped += row.count;
        continue;
      }
      this.#heldBytes += bytes;
      if (pending === undefined) this.#pending.set(clientKey, new Map([[key, { row, count: row.count }]]));
      else pending.set(key, { row, count: row.count });
    }
  }

  /** Takes everything out that is waiting, for whoever sends it instead. */
  take(): [clientKey: string, rows: readonly EvaluationRow[]][] {
    const taken = Array.from(this.#pending, ([clientKey, rows]): [string, EvaluationRow[]] => [
      clientKey,
      Array.from(rows.values(), ({ row, count }) => ({ ...row, count })),
    ]);
    this.#pending = new Map();
    this.#heldBytes = 0;
    return taken;
  }

  /** Sends everything that is waiting. Never rejects. */
  async flush(): Promise<void> {
    await Promise.all(this.take().map(([clientKey, rows]) => this.#deliverAll(clientKey, rows)));
  }

  async #deliverAll(clientKey: string, rows: readonly EvaluationRow[]): Promise<void> {
    for (let start = 0; start < rows.length; start += maxRowsPerRequest) {
      const part = rows.slice(start, start + maxRowsPerRequest);
      const result = this.#url === null ? 'unknown' : await this.#deliver(clientKey, part, this.#url);
      if (result === 'unknown') this.#options.addSums(clientKey, sums(rows.slice(start)));
      if (result === 'failed') this.add(clientKey, rows.slice(start));
      if (result !== 'done') return;
    }
  }

  async #deliver(
    clientKey: string,
    rows: readonly EvaluationRow[],
    url: string,
  ): Promise<'done' | 'failed' | 'unknown'> {
    const { send, timeoutMs, log } = this.#options;
    const headers = { 'X-Environment-Key': clientKey, 'Content-Type': 'application/json' };
    const body = JSON.stringify({
      evaluations: rows.map(({ feature, identifier, count, enabled }) => ({
        feature_name: feature,
        identity_identifier: identifier,
        count,
        enabled_when_evaluated: enabled,
      })),
    });
    try {
      const { status } = await send({ method: 'POST', url, headers, body, timeoutMs, limitBytes: 1_000_000 });
      if (status >= 200 && status <= 299) return 'done';
      if (status === 404 || status === 405) {
        if (!this.#told) log.info('evaluations_sent_as_counts', { status });
        this.#told = true;
        return 'unknown';
      }
      log.warn('analytics_refused', { client_side_key: clientKey, status });
      return status < 500 && status !== 429 && status !== 408 ? 'done' : 'failed';
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      log.warn('analytics_not_delivered', { client_side_key: clientKey, reason });
      return 'failed';
    }
  }
}

function keyOf({ feature, identifier, enabled }: EvaluationRow): string {
  return JSON.stringify([feature, identifier, enabled]);
}

function sizeOf(key: string): number {
  return rowOverheadBytes + key.length * 4;
}

function sums(rows: readonly EvaluationRow[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { feature, count } of rows) counts.set(feature, (counts.get(feature) ?? 0) + count);
  return counts;
}
