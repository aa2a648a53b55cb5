import type { ReportVerdict } from '../../flags/report-kind.ts';
import type { SendUpstream } from '../../http/upstream/types.ts';
import type { UsageResource } from '../api/options.ts';
import type { UpstreamLog } from './timers.ts';

/** What usage reports need. */
export interface UsageOptions {
  readonly apiUrl: string;
  readonly proxyKey: string;
  readonly send: SendUpstream;
  readonly timeoutMs: number;
  readonly log: UpstreamLog;
  /** A new unguessable text for every batch. */
  readonly randomId: () => string;
}

interface Batch {
  readonly id: string;
  readonly body: string;
}

/** How often usage is reported, in milliseconds. */
export const usageIntervalMs = 60_000;

const maxRows = 1_000;

/**
 * Counts successful requests by environment and resource and reports them (discovery contract). A batch keeps its
 * idempotency key until upstream takes or refuses it, and nothing newer is sent before. Holds three numbers per
 * environment, and one batch.
 */
export class UsageReporter {
  readonly #options: UsageOptions;
  #counts = new Map<string, Map<UsageResource, number>>();
  #batches: Batch[] = [];
  #reporting: Promise<void> = Promise.resolve();

  constructor(options: UsageOptions) {
    this.#options = options;
  }

  /** Counts requests. */
  count(clientKey: string, resource: UsageResource, requests = 1): void {
    let counts = this.#counts.get(clientKey);
    if (counts === undefined) {
      counts = new Map();
      this.#counts.set(clientKey, counts);
    }
    counts.set(resource, (counts.get(resource) ?? 0) + requests);
  }

  /** Takes out what was counted, for whoever reports it instead. */
  take(): [clientKey: string, counts: ReadonlyMap<UsageResource, number>][] {
    const taken = [...this.#counts];
    this.#counts = new Map();
    return taken;
  }

  /** Reports what was counted, after a report that is under way. Never rejects. */
  flush(): Promise<void> {
    this.#reporting = this.#reporting.then(() => this.#report());
    return this.#reporting;
  }

  async #report(): Promise<void> {
    if (!(await this.#deliverWaiting())) return;
    this.#batches = this.#takeBatches();
    await this.#deliverWaiting();
  }

  /** False when upstream could not be reached: what is left keeps waiting. */
  async #deliverWaiting(): Promise<boolean> {
    for (let batch = this.#batches[0]; batch !== undefined; batch = this.#batches[0]) {
      if (!(await this.#deliver(batch))) return false;
      this.#batches.shift();
    }
    return true;
  }

  #takeBatches(): Batch[] {
    return usageBodies(this.take()).map((body) => ({ id: this.#options.randomId(), body }));
  }

  /** True when the batch is done with: taken, or refused for good. */
  async #deliver({ id, body }: Batch): Promise<boolean> {
    const { apiUrl, proxyKey, send, timeoutMs, log } = this.#options;
    const url = usageUrl(apiUrl);
    const headers = { 'X-Proxy-Key': proxyKey, [usageIdHeader]: id, 'Content-Type': 'application/json' };
    try {
      const { status } = await send({ method: 'POST', url, headers, body, timeoutMs, limitBytes: 1_000_000 });
      const verdict = usageVerdict(status);
      if (verdict !== 'taken') log.warn('usage_refused', { status });
      return verdict !== 'kept';
    } catch (error) {
      log.warn('usage_not_delivered', { reason: error instanceof Error ? error.message : String(error) });
      return false;
    }
  }
}

/** Header with the idempotency key of a batch. */
export const usageIdHeader = 'Idempotency-Key';

/** Where usage is reported. */
export function usageUrl(apiUrl: string): string {
  return `${apiUrl.replace(/\/+$/, '')}/proxy/usage/`;
}

/** Counts as upstream wants them, in as many batches as it takes. */
export function usageBodies(
  counts: Iterable<readonly [clientKey: string, counts: ReadonlyMap<string, number>]>,
): string[] {
  const rows: string[] = [];
  for (const [key, byResource] of counts) {
    for (const [resource, count] of byResource) rows.push(JSON.stringify({ client_side_key: key, resource, count }));
  }
  const bodies: string[] = [];
  for (let i = 0; i < rows.length; i += maxRows) bodies.push(`[${rows.slice(i, i + maxRows).join(',')}]`);
  return bodies;
}

/** What the answer to a batch means for it. */
export function usageVerdict(status: number): ReportVerdict {
  if (status >= 200 && status <= 299) return 'taken';
  return status >= 400 && status <= 499 ? 'dropped' : 'kept';
}
