import type { RunJob } from '../../../flags/at-most.ts';
import { Backoff } from '../../../flags/backoff.ts';
import { logEvents } from '../../../flags/events/catalogue.ts';
import { tell } from '../../../flags/events/tell.ts';
import type { Logger } from '../../../flags/logger.ts';
import { runInSlices, type Slicing } from '../../../flags/steps.ts';
import type { Timers } from '../../../flags/timers.ts';
import { retryAfterMs } from '../../../http/upstream/retry-after.ts';
import { UpstreamError, type UpstreamResponse } from '../../../http/upstream/types.ts';
import { parseJsonInSteps } from '../../definitions/parse-json.ts';
import { redactToken } from '../../tokens/mask.ts';
import { KnownFlags } from '../documents/known-flags.ts';
import type { EdgeToken, EdgeUpstreamAccess, TokenSource, TokenSourceSink } from '../types.ts';

/** What polling needs. */
export interface FeaturesPollerOptions {
  readonly access: EdgeUpstreamAccess;
  /** Gap between a finished fetch and the next one while all is well. */
  readonly intervalMs: number;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly slicing: Slicing;
  /** True: 401 and 403 are failures like others. Their cause is no token's, so none is dropped. */
  readonly keepsRefused?: boolean | undefined;
  /** True: {@link FeaturesPoller.refresh} does not wait for the end of a back-off. Who answers says when to ask. */
  readonly refreshesAfterFailures?: boolean | undefined;
  /** Bounds how many polls are under way, what becomes of their documents included; without it nothing does. */
  readonly whenFree?: RunJob | undefined;
  /** Mends a document before it is taken. */
  readonly prepare?: ((document: unknown) => unknown) | undefined;
}

const backoffStatuses = new Set([404, 429, 500, 502, 503, 504]);
/** How soon the original looks again after an answer that it does not know what to make of. */
const unknownAnswerMs = 5_000;

/**
 * Fetches the definitions of one token again and again. Fetches of a token never overlap, failures make the gaps longer
 * by up to ten intervals, successes shorter again, and data stays whatever upstream answers short of 401 and 403. An
 * upstream that says how long it wants to be left alone is left alone for at least so long.
 *
 * Source: Unleash Edge specification 14.3, 15.1.
 */
export class FeaturesPoller implements TokenSource {
  readonly #token: EdgeToken;
  readonly #sink: TokenSourceSink;
  readonly #options: FeaturesPollerOptions;
  readonly #backoff = new Backoff();
  readonly #stop = new AbortController();
  #etag: string | undefined;
  /** Names of flags, as upstream listed them last. */
  #names: readonly string[] = [];
  #cancelNext: () => void = () => {};
  /** The poll that is under way; resolves to the gap after it. */
  #polling: Promise<number | undefined> | undefined;

  constructor(token: EdgeToken, sink: TokenSourceSink, options: FeaturesPollerOptions) {
    this.#token = token;
    this.#sink = sink;
    this.#options = options;
  }

  async start(): Promise<void> {
    const { whenFree = (job) => job() } = this.#options;
    this.#polling ??= whenFree(() => this.#poll()).finally(() => {
      this.#polling = undefined;
    });
    const delayMs = await this.#polling;
    if (this.#stop.signal.aborted || delayMs === undefined) return;
    this.#cancelNext = this.#options.timers.set(() => void this.start(), delayMs);
  }

  async refresh(): Promise<void> {
    const { refreshesAfterFailures = false } = this.#options;
    if (this.#polling !== undefined) await this.#polling;
    else if ((this.#backoff.failures === 0 || refreshesAfterFailures) && !this.#stop.signal.aborted) {
      this.#cancelNext();
      await this.start();
    }
  }

  stop(): void {
    this.#stop.abort();
    this.#cancelNext();
  }

  /** @returns the gap until the next fetch; undefined when there is none */
  async #poll(): Promise<number | undefined> {
    const { logger, keepsRefused } = this.#options;
    // It may have been stopped while others were polling.
    if (this.#stop.signal.aborted) return undefined;
    let response: UpstreamResponse;
    try {
      response = await this.#request();
    } catch (error) {
      if (this.#stop.signal.aborted) return undefined;
      const reason = error instanceof UpstreamError ? error.message : String(error);
      return this.#failed(`Could not fetch features for ${this.#name}: ${reason}`);
    }
    if (this.#stop.signal.aborted) return undefined;
    const { status } = response;
    if (status === 200) return this.#take(response);
    if (status === 304) return this.#succeeded('unchanged');
    if ((status === 401 || status === 403) && !keepsRefused) {
      tell(
        logger,
        logEvents.tokenRefused,
        `Upstream says ${status} to ${this.#name}: it is not used for fetching any more`,
      );
      this.#sink.refused(status);
      return undefined;
    }
    const message = `Could not fetch features for ${this.#name}: upstream says ${status}`;
    const patienceMs = retryAfterMs(response.header('retry-after'), this.#options.timers.now());
    if (status === 401 || status === 403) {
      this.#backoff.refused();
      return this.#failed(`${message}, so the instance id or the address is wrong. Flags stay as they are`, patienceMs);
    }
    if (backoffStatuses.has(status)) return this.#failed(message, patienceMs);
    tell(logger, logEvents.fetchPostponed, message);
    return this.#report('failed', Math.max(unknownAnswerMs, patienceMs));
  }

  #request(): Promise<UpstreamResponse> {
    const { access, intervalMs } = this.#options;
    const headers = access.headers(this.#token.token, intervalMs);
    if (this.#etag !== undefined) headers['If-None-Match'] = this.#etag;
    const { send, urls, timeoutMs, limitBytes, limitSetting } = access;
    const bounds = { timeoutMs, limitBytes, limitSetting, signal: this.#stop.signal };
    return send({ method: 'GET', url: urls.features, headers, ...bounds });
  }

  async #take(response: UpstreamResponse): Promise<number> {
    const { slicing, logger, prepare } = this.#options;
    try {
      const flags = new KnownFlags(this.#names, (name) => this.#sink.held?.(name));
      const document = await runInSlices(parseJsonInSteps(response.body, flags), slicing);
      await this.#sink.document(prepare === undefined ? document : prepare(document));
      this.#names = flags.names;
    } catch (error) {
      tell(
        logger,
        logEvents.documentUnusable,
        `The features for ${this.#name} are not usable: ${(error as Error).message}`,
      );
      return this.#report('failed', unknownAnswerMs);
    }
    this.#etag = response.header('etag');
    return this.#succeeded('changed');
  }

  #succeeded(outcome: 'changed' | 'unchanged'): number {
    this.#backoff.succeeded();
    return this.#report(outcome, this.#backoff.delayMs(this.#options.intervalMs));
  }

  #failed(message: string, patienceMs = 0): number {
    this.#backoff.failed();
    const delayMs = Math.max(this.#backoff.delayMs(this.#options.intervalMs), patienceMs);
    tell(this.#options.logger, logEvents.fetchPostponed, `${message}. Trying again in ${delayMs / 1000} s`);
    return this.#report('failed', delayMs);
  }

  #report(outcome: 'changed' | 'unchanged' | 'failed', delayMs: number): number {
    const nextRefreshMs = this.#options.timers.now() + delayMs;
    this.#sink.checked({ outcome, etag: this.#etag, failures: this.#backoff.failures, nextRefreshMs });
    return delayMs;
  }

  get #name(): string {
    return redactToken(this.#token.token);
  }
}
