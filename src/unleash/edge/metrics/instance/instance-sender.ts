import { logEvents } from '../../../../flags/events/catalogue.ts';
import { tell } from '../../../../flags/events/tell.ts';
import type { Logger } from '../../../../flags/logger.ts';
import type { Timers } from '../../../../flags/timers.ts';
import type { EdgeUpstreamAccess } from '../../types.ts';
import type { ConnectedInstances } from './connected.ts';
import type { Latency } from './latency.ts';
import type { RequestCounts, RequestWindow } from './request-counts.ts';

/** What reporting instance data needs. */
export interface InstanceSenderOptions {
  readonly access: EdgeUpstreamAccess;
  readonly counts: RequestCounts;
  readonly connected: ConnectedInstances;
  /** Told how long each exchange took. */
  readonly latency: Latency;
  /** Makes the report for a window. */
  readonly report: (window: RequestWindow) => object;
  readonly timers: Timers;
  readonly logger: Logger;
}

const intervalMs = 60_000;
const mostFailures = 10;
const timeoutMs = 3_000;
const answerLimitBytes = 64 * 1024;

/**
 * Tells upstream about this process and the Edges behind it, once a minute. Nothing depends on it; an upstream that
 * does not want it is asked less and less often.
 *
 * Source: Unleash Edge specification 18.6.
 */
export class InstanceSender {
  /** Reports that were taken, since the start. */
  delivered = 0;
  readonly #options: InstanceSenderOptions;
  readonly #stop = new AbortController();
  #failures = 0;
  #cancelNext: () => void = () => undefined;
  #sending: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(options: InstanceSenderOptions) {
    this.#options = options;
  }

  /** Wait before the next report. */
  get waitMs(): number {
    return intervalMs * (1 + Math.min(mostFailures, this.#failures));
  }

  /** Reports in intervals, first one interval from now. */
  start(): void {
    this.#cancelNext = this.#options.timers.set(() => {
      this.#sending = this.send().then(() => {
        if (!this.#stopped) this.start();
      });
    }, this.waitMs);
  }

  /** Ends the intervals and reports once more. Resolves when done, or `deadlineMs` have passed. */
  async stop(deadlineMs: number): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#cancelNext();
    const cancel = this.#options.timers.set(() => this.#stop.abort(), deadlineMs);
    await this.#sending;
    await this.send();
    cancel();
  }

  /** Reports once. Never rejects. */
  async send(): Promise<void> {
    const { access, counts, connected, latency, report, timers, logger } = this.#options;
    const token = access.startupToken();
    if (token === undefined) return;
    const window = counts.takeWindow();
    const body = JSON.stringify(report(window));
    const headers = { ...access.headers(token, intervalMs), 'Content-Type': 'application/json' };
    const begun = timers.now();
    try {
      const request = { method: 'POST', url: access.urls.instances, headers, body, timeoutMs } as const;
      const { status } = await access.send({ ...request, limitBytes: answerLimitBytes, signal: this.#stop.signal });
      latency.add(timers.now() - begun);
      if (status >= 200 && status < 300) {
        this.#failures = 0;
        this.delivered++;
        connected.clear();
        return;
      }
      if (status === 403 || status === 404) {
        // Upstream does not take instance data at all: nothing is kept for it.
        this.#failures++;
        connected.clear();
        tell(logger, logEvents.instanceDataNotSent, `Upstream does not take instance data: it responded ${status}`);
        return;
      }
      tell(logger, logEvents.instanceDataNotSent, `Instance data could not be sent: upstream responded ${status}`);
    } catch (error) {
      tell(logger, logEvents.instanceDataNotSent, `Instance data could not be sent: ${(error as Error)?.message}`);
    }
    counts.putBack(window);
  }
}
