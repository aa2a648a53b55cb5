import type { ReportVerdict } from '../../flags/report-kind.ts';
import type { SendUpstream } from '../../http/upstream/types.ts';
import type { UpstreamLog } from './timers.ts';

/** What forwarding needs. */
export interface AnalyticsOptions {
  readonly apiUrl: string;
  readonly send: SendUpstream;
  readonly timeoutMs: number;
  readonly log: UpstreamLog;
}

/** Counts by feature. */
export type Counts = Map<string, number>;

/** How often counts are forwarded, in milliseconds; what the SDKs do too. */
export const analyticsIntervalMs = 10_000;

/**
 * Adds up the evaluation counts that SDKs report and forwards the sums to the core API (spec sections 8 and 10). Holds
 * one number per environment and feature at most. Counts that could not be delivered go out with the next sum; counts
 * that upstream refuses are dropped.
 */
export class Analytics {
  readonly #options: AnalyticsOptions;
  readonly #pending = new Map<string, Counts>();

  constructor(options: AnalyticsOptions) {
    this.#options = options;
  }

  /** Adds counts of an environment. Names have to be those of existing features. */
  add(clientKey: string, counts: ReadonlyMap<string, number>): void {
    let sums = this.#pending.get(clientKey);
    if (sums === undefined) {
      sums = new Map();
      this.#pending.set(clientKey, sums);
    }
    addCounts(sums, counts);
  }

  /** Takes everything out that is waiting, for whoever sends it instead. */
  take(): [clientKey: string, counts: ReadonlyMap<string, number>][] {
    const taken = [...this.#pending];
    this.#pending.clear();
    return taken;
  }

  /** Sends everything that is waiting. Never rejects. */
  async flush(): Promise<void> {
    const batches = this.take();
    await Promise.all(batches.map(([clientKey, counts]) => this.#deliver(clientKey, counts)));
  }

  async #deliver(clientKey: string, counts: ReadonlyMap<string, number>): Promise<void> {
    const { apiUrl, send, timeoutMs, log } = this.#options;
    const url = analyticsUrl(apiUrl);
    const headers = { 'X-Environment-Key': clientKey, 'Content-Type': 'application/json' };
    const body = analyticsBody(counts);
    try {
      const { status } = await send({ method: 'POST', url, headers, body, timeoutMs, limitBytes: 1_000_000 });
      const verdict = analyticsVerdict(status);
      if (verdict !== 'taken') log.warn('analytics_refused', { client_side_key: clientKey, status });
      if (verdict !== 'kept') return;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      log.warn('analytics_not_delivered', { client_side_key: clientKey, reason });
    }
    this.add(clientKey, counts);
  }
}

/** Adds counts to sums. */
export function addCounts(sums: Counts, counts: Iterable<readonly [name: string, count: number]>): void {
  for (const [name, count] of counts) {
    sums.set(name, Math.min((sums.get(name) ?? 0) + count, Number.MAX_SAFE_INTEGER));
  }
}

/** Where counts by feature go. */
export function analyticsUrl(apiUrl: string): string {
  return `${apiUrl.replace(/\/+$/, '')}/analytics/flags/`;
}

/** Counts as SDKs send them. Names may be any, so no object is filled with them. */
export function analyticsBody(counts: ReadonlyMap<string, number>): string {
  return `{${[...counts].map(([name, count]) => `${JSON.stringify(name)}:${count}`).join(',')}}`;
}

/** What the answer to counts means for them: upstream in trouble gets them again, one that refuses them does not. */
export function analyticsVerdict(status: number): ReportVerdict {
  if (status >= 200 && status <= 299) return 'taken';
  return status < 500 && status !== 429 && status !== 408 ? 'dropped' : 'kept';
}
