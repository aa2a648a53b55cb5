import { pauseUntil } from '../../flags/timers.ts';
import { updatedAtSeconds } from '../document/updated-at.ts';
import type { EnvironmentRegistry } from '../environment/registry.ts';
import { JsonSyntaxError, parseJson } from '../json/cursor.ts';
import { Float, isInteger, isObject } from '../json/value.ts';
import type { EnvironmentSync } from '../upstream/environment-sync.ts';
import type { UpstreamLog, UpstreamTimers } from '../upstream/timers.ts';
import { createEventParser, type ServerEvent } from './event-parser.ts';

/**
 * Opens an event stream and passes on its text as it comes. Resolves when the stream ends, rejects when there is none or
 * it breaks.
 */
export type OpenEventStream = (url: string, signal: AbortSignal, onText: (text: string) => void) => Promise<void>;

/** What listening needs. */
export interface RealtimeListenerOptions {
  /** Without a trailing slash. */
  readonly realtimeUrl: string;
  readonly registry: EnvironmentRegistry;
  readonly sync: Pick<EnvironmentSync, 'refresh'>;
  readonly open: OpenEventStream;
  readonly timers: UpstreamTimers;
  readonly log: UpstreamLog;
}

const firstRetryMs = 1_000;
const longestRetryMs = 300_000;
// the core API may announce a change before every server of it knows the new document
const lookAgainMs = [1_000, 2_000, 4_000];

/**
 * Listens for changes of environments at Flagsmith's realtime service and fetches their documents at once (spec section
 * 11). Polling goes on regardless: without the service, changes only arrive later.
 */
export class RealtimeListener {
  readonly #options: RealtimeListenerOptions;
  readonly #streams = new Map<string, AbortController>();

  constructor(options: RealtimeListenerOptions) {
    this.#options = options;
  }

  /** Listens for every registered environment, and stops listening for those that are gone. */
  update(): void {
    const present = new Set<string>();
    for (const { clientKey } of this.#options.registry) {
      present.add(clientKey);
      if (!this.#streams.has(clientKey)) this.#listen(clientKey);
    }
    for (const [clientKey, controller] of this.#streams) {
      if (present.has(clientKey)) continue;
      controller.abort();
      this.#streams.delete(clientKey);
    }
  }

  /** Stops listening. */
  stop(): void {
    for (const controller of this.#streams.values()) controller.abort();
    this.#streams.clear();
  }

  #listen(clientKey: string): void {
    const controller = new AbortController();
    this.#streams.set(clientKey, controller);
    void this.#keepOpen(clientKey, controller.signal);
  }

  async #keepOpen(clientKey: string, signal: AbortSignal): Promise<void> {
    const { realtimeUrl, open, timers, log } = this.#options;
    const url = `${realtimeUrl}/sse/environments/${encodeURIComponent(clientKey)}/stream`;
    for (let failures = 0; !signal.aborted; ) {
      const parse = createEventParser((event) => this.#take(clientKey, event, signal));
      try {
        await open(url, signal, (text) => {
          failures = 0;
          parse(text);
        });
      } catch (error) {
        if (signal.aborted) return;
        failures += 1;
        const reason = error instanceof Error ? error.message : String(error);
        log.warn('realtime_stream_failed', { client_side_key: clientKey, reason });
      }
      const delayMs = Math.min(firstRetryMs * 2 ** Math.min(failures, 16), longestRetryMs) * (1 + timers.random());
      await pauseUntil(this.#options.timers, delayMs, signal);
    }
  }

  #take(clientKey: string, event: ServerEvent, signal: AbortSignal): void {
    if (event.type !== 'environment_updated') return;
    const announced = readUpdatedAt(event.data);
    if (announced === null || !this.#isNews(clientKey, announced)) return;
    void this.#fetch(clientKey, announced, 0, signal);
  }

  async #fetch(clientKey: string, announced: number, attempt: number, signal: AbortSignal): Promise<void> {
    await this.#options.sync.refresh(clientKey);
    const delayMs = lookAgainMs[attempt];
    if (delayMs === undefined || signal.aborted || !this.#isNews(clientKey, announced)) return;
    this.#options.timers.set(() => void this.#fetch(clientKey, announced, attempt + 1, signal), delayMs);
  }

  #isNews(clientKey: string, announced: number): boolean {
    const held = this.#options.registry.get(clientKey)?.slot.current?.model.updatedAt ?? null;
    const seconds = updatedAtSeconds(held);
    return seconds === null || announced > seconds;
  }
}

function readUpdatedAt(data: string): number | null {
  try {
    const json = parseJson(data);
    const value = isObject(json) ? json.get('updated_at') : null;
    if (value instanceof Float) return value.value;
    return isInteger(value) ? Number(value) : null;
  } catch (error) {
    if (error instanceof JsonSyntaxError) return null;
    throw error;
  }
}
