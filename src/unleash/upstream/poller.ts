import { Backoff } from '../../flags/backoff.ts';
import { logEvents } from '../../flags/events/catalogue.ts';
import { tell } from '../../flags/events/tell.ts';
import type { Logger } from '../../flags/logger.ts';
import { pause, type Timers } from '../../flags/timers.ts';
import { retryAfterMs } from '../../http/upstream/retry-after.ts';
import { shownUrl } from '../../http/upstream/shown-url.ts';
import { type SendUpstream, UpstreamError, type UpstreamResponse } from '../../http/upstream/types.ts';
import { clientSpecVersion, type Identity, identityHeaders } from './identity.ts';

/** What a poller needs. */
export interface PollerOptions {
  readonly url: string;
  readonly identity: Identity;
  /** Wait between a finished poll and the next one. 0 or less polls once. */
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly limitBytes: number;
  /** The setting that `limitBytes` comes from, for messages. */
  readonly limitSetting?: string | undefined;
  readonly send: SendUpstream;
  readonly timers: Timers;
  readonly logger: Logger;
  /**
   * Takes the body of a 200. A rejection means that it was unusable: what is held stays, and the same body will be
   * asked for again.
   */
  readonly accept: (body: Uint8Array) => Promise<void>;
  /** What an operator should look at when upstream refuses; the token unless given. */
  readonly refusalHint?: string | undefined;
  /** Called after each poll with its outcome. */
  readonly onPolled?: ((outcome: PollOutcome) => void) | undefined;
  /** Called with the gap until the next poll, where there is one. */
  readonly onWaiting?: ((delayMs: number) => void) | undefined;
}

/** How a poll ended. */
export type PollOutcome = 'changed' | 'unchanged' | 'unusable' | 'refused' | 'failed';

/** Gaps between the attempts of one poll. */
const attemptGapsMs = [1_000, 2_000];
const backoffStatuses = new Set([404, 429, 500, 502, 503, 504]);
const tokenHint = 'UNLEASH_API_TOKEN: it has to be a backend (client) token';
const shortestResetDelayMs = 1_000;

/**
 * Fetches definitions again and again. Polls never overlap, failures make the gaps longer, and nothing that upstream
 * answers ends the polling: the original stops for good after a 401 (specification 9.2, 8). An upstream that says how
 * long it wants to be left alone is left alone for at least so long.
 *
 * Source: Unleash Proxy specification 6.3.
 */
export class Poller {
  readonly #options: PollerOptions;
  readonly #backoff = new Backoff();
  readonly #stop = new AbortController();
  #etag: string | undefined;
  #cancelNext: () => void = () => {};
  /** The poll that is under way; resolves to the wait after it. */
  #polling: Promise<number> | undefined;

  constructor(options: PollerOptions) {
    this.#options = options;
  }

  /** Polls now and then in intervals. Resolves after the first poll. */
  async start(): Promise<void> {
    this.#polling ??= this.#poll().finally(() => {
      this.#polling = undefined;
    });
    const delayMs = await this.#polling;
    if (this.#stop.signal.aborted || !(this.#options.intervalMs > 0)) return;
    this.#options.onWaiting?.(delayMs);
    this.#cancelNext = this.#options.timers.set(() => void this.start(), delayMs);
  }

  /** Polls now, where upstream is well and nothing is under way. Resolves when that, or what is under way, is done. */
  async refresh(): Promise<void> {
    if (this.#polling !== undefined) await this.#polling;
    else if (this.#backoff.failures === 0 && !this.#stop.signal.aborted) {
      this.#cancelNext();
      await this.start();
    }
  }

  /** Ends polling, also in the middle of a request. */
  stop(): void {
    this.#stop.abort();
    this.#cancelNext();
  }

  async #poll(): Promise<number> {
    const { onPolled, intervalMs, logger } = this.#options;
    try {
      const response = await this.#attempts();
      const { outcome, delayMs } = await this.#handle(response);
      onPolled?.(outcome);
      return delayMs;
    } catch (error) {
      if (this.#stop.signal.aborted) return intervalMs;
      onPolled?.('failed');
      const isInvalidUrl = error instanceof UpstreamError && error.failure === 'invalid-url';
      const advice = isInvalidUrl ? `: UNLEASH_URL has to be an address such as https://unleash.example.com/api` : '';
      const problem = new Error(`Unleash Repository error: ${(error as Error).message}${advice}`);
      problem.name = isInvalidUrl ? 'TypeError' : 'FetchError';
      tell(logger, logEvents.fetchFailed, problem);
      const reset = error instanceof UpstreamError && error.failure === 'reset';
      return reset ? Math.max(intervalMs / 2, shortestResetDelayMs) : intervalMs;
    }
  }

  /** Several attempts, where another one may help. @throws UpstreamError of the last one */
  async #attempts(): Promise<UpstreamResponse> {
    for (let attempt = 0; ; attempt++) {
      const gapMs = attemptGapsMs[attempt];
      try {
        const response = await this.#request();
        if (gapMs === undefined || !isWorthRepeating(response)) return response;
      } catch (error) {
        if (gapMs === undefined || !isPassing(error) || this.#stop.signal.aborted) throw error;
      }
      await pause(this.#options.timers, gapMs);
      if (this.#stop.signal.aborted) throw new UpstreamError('aborted', 'stopped');
    }
  }

  #request(): Promise<UpstreamResponse> {
    const { send, url, identity, intervalMs, timeoutMs, limitBytes, limitSetting } = this.#options;
    const headers = identityHeaders(identity, intervalMs);
    headers['Unleash-Client-Spec'] = clientSpecVersion;
    if (this.#etag !== undefined) headers['If-None-Match'] = this.#etag;
    return send({ method: 'GET', url, headers, timeoutMs, limitBytes, limitSetting, signal: this.#stop.signal });
  }

  async #handle(response: UpstreamResponse): Promise<{ outcome: PollOutcome; delayMs: number }> {
    const { logger, intervalMs, timers, refusalHint = tokenHint } = this.#options;
    const url = shownUrl(this.#options.url);
    const { status } = response;
    const patienceMs = retryAfterMs(response.header('retry-after'), timers.now());
    const backedOff = (outcome: PollOutcome) => ({
      outcome,
      delayMs: Math.max(this.#backoff.delayMs(intervalMs), patienceMs),
    });
    if (status === 304) {
      this.#backoff.succeeded();
      return backedOff('unchanged');
    }
    if (status === 200) return this.#take(response);
    if (status === 401 || status === 403) {
      this.#backoff.refused();
      const next = backedOff('refused');
      tell(
        logger,
        logEvents.fetchRefused,
        new Error(
          `Unleash Repository error: ${url} responded ${status} which means your API key is not allowed to connect. ` +
            `Check ${refusalHint}. Trying again in ${next.delayMs / 1000} s`,
        ),
      );
      return next;
    }
    if (backoffStatuses.has(status)) {
      this.#backoff.failed();
      const next = backedOff('failed');
      tell(logger, logEvents.fetchPostponed, `${url} responded ${status}. Trying again in ${next.delayMs / 1000} s`);
      return next;
    }
    tell(
      logger,
      logEvents.fetchFailed,
      new Error(`Unleash Repository error: Response was not statusCode 2XX, but was ${status}`),
    );
    return { outcome: 'failed', delayMs: Math.max(intervalMs, patienceMs) };
  }

  async #take(response: UpstreamResponse): Promise<{ outcome: PollOutcome; delayMs: number }> {
    const { accept, intervalMs, logger } = this.#options;
    try {
      await accept(response.body);
    } catch (error) {
      tell(logger, logEvents.documentUnusable, new Error(`Unleash Repository error: ${(error as Error).message}`));
      return { outcome: 'unusable', delayMs: intervalMs };
    }
    this.#etag = response.header('etag');
    this.#backoff.succeeded();
    return { outcome: 'changed', delayMs: this.#backoff.delayMs(intervalMs) };
  }
}

function isWorthRepeating({ status, header }: UpstreamResponse): boolean {
  if (header('retry-after') !== undefined) return false;
  return status === 408 || status === 420 || status === 429 || status >= 500;
}

function isPassing(error: unknown): boolean {
  return error instanceof UpstreamError && ['network', 'timeout', 'reset'].includes(error.failure);
}
