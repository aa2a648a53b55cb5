import type { SendUpstream } from '../../http/upstream/types.ts';
import type { EvaluationRow } from '../api/options.ts';
import { analyticsVerdict } from './analytics.ts';
import { EvaluationRows, evaluationsBody, maxRowsPerRequest, sums } from './evaluation-rows.ts';
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

/**
 * Adds up the evaluations that SDKs report with the identity and the state seen (version 2 of analytics) and forwards
 * them. Rows that could not be delivered go out with the next ones. Where the core API has no version 2, or its address
 * does not end in `/v1`, the counts go on as sums of version 1.
 */
export class Evaluations {
  readonly #options: EvaluationsOptions;
  readonly #url: string | null;
  readonly #rows: EvaluationRows;
  #told = false;

  constructor(options: EvaluationsOptions) {
    this.#options = options;
    this.#rows = new EvaluationRows(options.limitBytes);
    this.#url = evaluationsUrl(options.apiUrl);
  }

  /** Memory of what waits, in bytes, about. */
  get heldBytes(): number {
    return this.#rows.heldBytes;
  }

  /** Counts that found no room. */
  get dropped(): number {
    return this.#rows.dropped;
  }

  /** Adds rows of an environment. Features have to be existing ones. */
  add(clientKey: string, rows: Iterable<EvaluationRow>): void {
    this.#rows.add(clientKey, rows);
  }

  /** Takes everything out that is waiting, for whoever sends it instead. */
  take(): [clientKey: string, rows: readonly EvaluationRow[]][] {
    return this.#rows.take();
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
    const body = evaluationsBody(rows);
    try {
      const { status } = await send({ method: 'POST', url, headers, body, timeoutMs, limitBytes: 1_000_000 });
      if (isUnknownKind(status)) {
        if (!this.#told) log.info('evaluations_sent_as_counts', { status });
        this.#told = true;
        return 'unknown';
      }
      const verdict = analyticsVerdict(status);
      if (verdict !== 'taken') log.warn('analytics_refused', { client_side_key: clientKey, status });
      return verdict === 'kept' ? 'failed' : 'done';
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      log.warn('analytics_not_delivered', { client_side_key: clientKey, reason });
      return 'failed';
    }
  }
}

/** Where version 2 of analytics is; null where the address of the API does not say. */
export function evaluationsUrl(apiUrl: string): string | null {
  const api = apiUrl.replace(/\/+$/, '');
  return api.endsWith('/v1') ? `${api.slice(0, -1)}2/analytics/flags/` : null;
}

/** True for the answers of a core API without version 2. */
export function isUnknownKind(status: number): boolean {
  return status === 404 || status === 405;
}
