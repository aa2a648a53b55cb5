import { logEvents } from '../../../flags/events/catalogue.ts';
import { tell } from '../../../flags/events/tell.ts';
import type { Logger } from '../../../flags/logger.ts';
import { runInSlices, type Slicing } from '../../../flags/steps.ts';
import type { Timers } from '../../../flags/timers.ts';
import { type SseEvent, SseParser } from '../../../http/upstream/sse-parser.ts';
import type { OpenUpstreamStream } from '../../../http/upstream/stream.ts';
import { isRecord } from '../../definitions/is-record.ts';
import { parseJsonInSteps } from '../../definitions/parse-json.ts';
import { redactToken } from '../../tokens/mask.ts';
import { allFlags } from '../documents/read-features.ts';
import type { EdgeToken, EdgeUpstreamAccess, TokenSource, TokenSourceSink } from '../types.ts';
import { highestId } from './events.ts';

/** What following a stream needs. */
export interface StreamSourceOptions {
  readonly access: EdgeUpstreamAccess;
  readonly open: OpenUpstreamStream;
  readonly timers: Timers;
  readonly random: () => number;
  readonly slicing: Slicing;
  readonly logger: Logger;
  /** A connection that says nothing for this long is dead: upstream sends a sign of life every 30 s. */
  readonly silenceMs?: number | undefined;
  /** Made and started when the stream cannot be had several times in a row, and stopped when it is there again. */
  readonly fallback?: (() => TokenSource) | undefined;
}

const defaultSilenceMs = 90_000;
const firstWaitMs = 5_000;
const longestWaitMs = 30_000;
const failuresBeforeFallback = 3;

/**
 * Keeps a token's definitions up to date through upstream's stream. A connection that breaks, falls silent or says
 * something unusable is replaced, with growing gaps, from the last event that was taken; meanwhile answers stay.
 *
 * Understood are lists of events and, from old upstreams, whole documents.
 *
 * Source: Unleash Edge specification 19.5.
 */
export class StreamSource implements TokenSource {
  readonly #token: EdgeToken;
  readonly #sink: TokenSourceSink;
  readonly #options: StreamSourceOptions;
  readonly #stop = new AbortController();
  #lastId: string | undefined;
  #failures = 0;
  #fallback: TokenSource | undefined;
  #cancelNext: () => void = () => undefined;
  #firstEnded: () => void = () => undefined;

  constructor(token: EdgeToken, sink: TokenSourceSink, options: StreamSourceOptions) {
    this.#token = token;
    this.#sink = sink;
    this.#options = options;
  }

  /** Resolves when definitions came, or the first attempt failed. */
  start(): Promise<void> {
    return new Promise((resolve) => {
      this.#firstEnded = resolve;
      void this.#connect();
    });
  }

  stop(): void {
    this.#stop.abort();
    this.#cancelNext();
    this.#fallback?.stop();
    this.#firstEnded();
  }

  async #connect(): Promise<void> {
    const connection = new AbortController();
    const end = () => connection.abort();
    this.#stop.signal.addEventListener('abort', end, { once: true });
    try {
      await this.#follow(connection);
    } catch (error) {
      if (!this.#stop.signal.aborted) this.#failed((error as Error)?.message ?? String(error));
    } finally {
      connection.abort();
      this.#stop.signal.removeEventListener('abort', end);
    }
  }

  /** Reads until the connection ends. @throws when it ends in any way but ours */
  async #follow(connection: AbortController): Promise<void> {
    const { access, open } = this.#options;
    const { timeoutMs } = access;
    const request = { url: access.urls.streaming, headers: this.#headers(), timeoutMs, signal: connection.signal };
    const { status, chunks } = await open(request);
    if (status === 401 || status === 403) {
      tell(
        this.#options.logger,
        logEvents.tokenRefused,
        `Upstream says ${status} to ${this.#name}: it is not used for streaming any more`,
      );
      this.stop();
      this.#sink.refused(status);
      return;
    }
    if (status !== 200) throw new Error(`upstream says ${status}`);
    const parser = new SseParser(access.limitBytes, access.limitSetting);
    const silence = this.#watchSilence(connection);
    try {
      for await (const chunk of chunks) {
        silence.reset();
        for (const event of parser.push(chunk)) await this.#take(event);
        if (this.#stop.signal.aborted) return;
      }
    } catch (error) {
      throw silence.passed() ? new Error('the stream fell silent') : error;
    } finally {
      silence.cancel();
    }
    throw new Error('the stream ended');
  }

  #headers(): Record<string, string> {
    const headers = this.#options.access.headers(this.#token.token, undefined);
    // The original always sends this one on streams, whatever header is configured.
    if (!Object.keys(headers).some((name) => name.toLowerCase() === 'authorization')) {
      headers.Authorization = this.#token.token;
    }
    headers.Accept = 'text/event-stream';
    headers['Cache-Control'] = 'no-cache';
    if (this.#lastId !== undefined) headers['Last-Event-ID'] = this.#lastId;
    return headers;
  }

  async #take(event: SseEvent): Promise<void> {
    if (event.name !== 'unleash-connected' && event.name !== 'unleash-updated') return;
    const { slicing, timers } = this.#options;
    let nextId: string | undefined;
    try {
      const value = await runInSlices(parseJsonInSteps(Buffer.from(event.data), allFlags), slicing);
      const delta = isRecord(value) && Array.isArray(value.events) ? value.events : undefined;
      if (delta === undefined) await this.#sink.document(value);
      else await this.#sink.events(value);
      nextId = event.id || highestId(delta)?.toString();
    } catch (error) {
      // What is missing now can only be had with everything else.
      this.#lastId = undefined;
      throw error;
    }
    this.#lastId = nextId;
    this.#failures = 0;
    this.#fallback?.stop();
    this.#fallback = undefined;
    this.#sink.checked({ outcome: 'changed', etag: nextId, failures: 0, nextRefreshMs: timers.now() });
    this.#firstEnded();
  }

  #failed(reason: string): void {
    const { timers, random, logger, fallback } = this.#options;
    const waitMs = Math.min(longestWaitMs, firstWaitMs * 2 ** this.#failures) * (0.9 + random() * 0.2);
    this.#failures++;
    tell(
      logger,
      logEvents.streamBroke,
      `The stream for ${this.#name} broke: ${reason}. Connecting again in ${Math.round(waitMs / 1000)} s`,
    );
    this.#sink.checked({ outcome: 'failed', failures: this.#failures, nextRefreshMs: timers.now() + waitMs });
    this.#firstEnded();
    if (this.#failures >= failuresBeforeFallback && this.#fallback === undefined && fallback !== undefined) {
      tell(
        logger,
        logEvents.streamFallsBack,
        `Definitions for ${this.#name} are fetched until the stream is there again`,
      );
      this.#fallback = fallback();
      void this.#fallback.start();
    }
    this.#cancelNext = timers.set(() => void this.#connect(), waitMs);
  }

  #watchSilence(connection: AbortController) {
    const { timers, silenceMs = defaultSilenceMs } = this.#options;
    let silent = false;
    let cancel: () => void = () => undefined;
    const reset = () => {
      cancel();
      cancel = timers.set(() => {
        silent = true;
        connection.abort();
      }, silenceMs);
    };
    reset();
    return { reset, cancel: () => cancel(), passed: () => silent };
  }

  get #name(): string {
    return redactToken(this.#token.token);
  }
}
