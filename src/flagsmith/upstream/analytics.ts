import type { SendUpstream } from '../../http/upstream/types.ts';
import type { UpstreamLog } from './timers.ts';

/** What forwarding needs. */
export interface AnalyticsOptions {
  readonly apiUrl: string;
  readonly send: SendUpstream;
  readonly timeoutMs: number;
  readonly log: UpstreamLog;
}

type Counts = Map<string, number>;

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
    for (const [name, count] of counts) {
      sums.set(name, Math.min((sums.get(name) ?? 0) + count, Number.MAX_SAFE_INTEGER));
    }
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
    const url = `${apiUrl.replace(/\/+$/, '')}/analytics/flags/`;
    const headers = { 'X-Environment-Key': clientKey, 'Content-Type': 'application/json' };
    const body = `{${[...counts].map(([name, count]) => `${JSON.stringify(name)}:${count}`).join(',')}}`;
    try {
      const { status } = await send({ method: 'POST', url, headers, body, timeoutMs, limitBytes: 1_000_000 });
      if (status >= 200 && status <= 299) return;
      log.warn('analytics_refused', { client_side_key: clientKey, status });
      if (status < 500 && status !== 429 && status !== 408) return;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      log.warn('analytics_not_delivered', { client_side_key: clientKey, reason });
    }
    this.add(clientKey, counts);
  }
}
