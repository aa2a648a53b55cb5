import { Backoff } from '../../flags/backoff.ts';
import { logEvents } from '../../flags/events/catalogue.ts';
import { tell } from '../../flags/events/tell.ts';
import type { Logger } from '../../flags/logger.ts';
import type { Timers } from '../../flags/timers.ts';
import { shownUrl } from '../../http/upstream/shown-url.ts';
import { type SendUpstream, UpstreamError } from '../../http/upstream/types.ts';
import type { Usage, UsageBucket } from '../usage/usage.ts';
import { bucketJson, halves } from '../usage/usage-body.ts';
import { type Identity, identityHeaders, identityMembers } from './identity.ts';
import { usageVerdict } from './usage-report.ts';

/** What sending usage needs. */
export interface MetricsSenderOptions {
  readonly url: string;
  readonly identity: Identity;
  readonly usage: Usage;
  readonly intervalMs: number;
  /** Each wait is changed by up to this much, in either direction. */
  readonly jitterMs: number;
  readonly timeoutMs: number;
  readonly send: SendUpstream;
  readonly timers: Timers;
  readonly random: () => number;
  readonly logger: Logger;
}

const answerLimitBytes = 64 * 1024;

/** A part that is this small and still too large would not get through in smaller parts either. */
const smallestPartBytes = 4 * 1024;

/** How sending one part ended. */
type Delivery = 'delivered' | 'too-large' | 'refused' | 'failed' | 'unreachable';

/**
 * Sends what was counted, in intervals. What could not be sent is put back and goes with the next attempt: nothing is
 * lost, and sending never stops, whatever upstream answers (specification 9.2, 10).
 *
 * Source: Unleash Proxy specification 6.5.
 */
export class MetricsSender {
  readonly #options: MetricsSenderOptions;
  readonly #backoff = new Backoff();
  #cancelNext: () => void = () => {};
  #sending: Promise<void> = Promise.resolve();
  #stopping: Promise<void> | undefined;
  readonly #abort = new AbortController();

  constructor(options: MetricsSenderOptions) {
    this.#options = options;
  }

  /** Starts the intervals; the first window is sent one interval from now. */
  start(): void {
    if (this.#options.intervalMs > 0) this.#schedule();
  }

  /**
   * Ends the intervals and sends what is left, once. Resolves when that is done, or the deadline has passed: half of it
   * for what is on its way, the rest for the last window.
   */
  stop(deadlineMs: number): Promise<void> {
    this.#stopping ??= this.#stop(deadlineMs);
    return this.#stopping;
  }

  async #stop(deadlineMs: number): Promise<void> {
    const { timers, intervalMs } = this.#options;
    const untilMs = timers.now() + deadlineMs;
    this.#cancelNext();
    const cancelAbort = timers.set(() => this.#abort.abort(), deadlineMs / 2);
    await this.#sending;
    cancelAbort();
    if (intervalMs > 0) await this.#sendAll(untilMs);
  }

  #schedule(): void {
    const { intervalMs, jitterMs, random, timers } = this.#options;
    const delayMs = this.#backoff.delayMs(intervalMs) + (random() * 2 - 1) * jitterMs;
    this.#cancelNext = timers.set(
      () => {
        this.#sending = this.#sendAll(Number.POSITIVE_INFINITY, this.#abort.signal).then(() => {
          if (this.#stopping === undefined) this.#schedule();
        });
      },
      Math.max(0, delayMs),
    );
  }

  async #sendAll(untilMs: number, signal?: AbortSignal): Promise<void> {
    const bucket = this.#options.usage.take();
    if (bucket !== undefined) await this.#deliver(bucket, untilMs, signal);
  }

  /**
   * Sends a window; parts that upstream finds too large go in halves. The first part that cannot be delivered ends the
   * attempt: it and what is left of the window are put back.
   */
  async #deliver(bucket: UsageBucket, untilMs: number, signal: AbortSignal | undefined): Promise<void> {
    const { usage, logger, timers, timeoutMs } = this.#options;
    const parts = [bucket];
    for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
      const { delivery, reason, bytes } = await this.#post(part, Math.min(timeoutMs, untilMs - timers.now()), signal);
      if (delivery === 'delivered') {
        this.#backoff.succeeded();
        continue;
      }
      if (delivery === 'too-large' && part.toggles.size > 1 && bytes > smallestPartBytes) {
        parts.unshift(...halves(part));
        continue;
      }
      if (delivery === 'refused') this.#backoff.refused();
      // Network failures are retried at the next interval, without backing off, as the original does.
      else if (delivery !== 'unreachable') this.#backoff.failed();
      for (const left of [part, ...parts]) usage.putBack(left);
      tell(logger, logEvents.usageKept, `Usage could not be sent and is kept for the next attempt: ${reason}`);
      return;
    }
  }

  async #post(bucket: UsageBucket, timeoutMs: number, signal: AbortSignal | undefined): Promise<Posted> {
    const { url, identity, intervalMs, send } = this.#options;
    let bytes = 0;
    try {
      if (timeoutMs <= 0) throw new UpstreamError('timeout', 'there is no time left');
      const body = this.#body(bucket);
      bytes = Buffer.byteLength(body);
      const headers = { ...identityHeaders(identity, intervalMs), 'Content-Type': 'application/json' };
      const request = { method: 'POST', url, headers, body, timeoutMs, limitBytes: answerLimitBytes, signal } as const;
      const { status } = await send(request);
      const reason = `${shownUrl(url)} responded ${status}`;
      const verdict = usageVerdict(status);
      if (verdict === 'taken') return { delivery: 'delivered', reason, bytes };
      if (verdict === 'too-large') return { delivery: 'too-large', reason, bytes };
      if (status === 401 || status === 403) return { delivery: 'refused', reason, bytes };
      return { delivery: 'failed', reason, bytes };
    } catch (error) {
      const reason = error instanceof UpstreamError ? error.message : String(error);
      return { delivery: 'unreachable', reason, bytes };
    }
  }

  #body(bucket: UsageBucket): string {
    const { identity, timers } = this.#options;
    return JSON.stringify({
      appName: identity.appName,
      instanceId: identity.instanceId,
      ...identityMembers(identity),
      bucket: bucketJson(bucket, timers.now()),
    });
  }
}

interface Posted {
  readonly delivery: Delivery;
  readonly reason: string;
  /** Size of the encoded body. */
  readonly bytes: number;
}
