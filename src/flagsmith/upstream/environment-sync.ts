import type { Origin, PublishedElsewhere } from '../../flags/snapshot.ts';
import { runInSlices } from '../../flags/steps.ts';
import type { FreshnessFacts } from '../api/health.ts';
import type { EnvironmentKeys, EnvironmentRegistry } from '../environment/registry.ts';
import { loadEnvironment, type ServingOptions } from '../environment/served-environment.ts';
import type { DocumentFetchOptions, DocumentSource } from './fetch-document.ts';
import { EnvironmentPoller } from './poller.ts';
import type { UpstreamLog, UpstreamTimers } from './timers.ts';

/** What keeping environments up to date needs. */
export interface EnvironmentSyncOptions {
  readonly registry: EnvironmentRegistry;
  readonly serving: ServingOptions;
  /** Wait between polls of one environment; at least a second. */
  readonly intervalMs: number;
  /** Null: what is served is never too old. */
  readonly graceSeconds: number | null;
  readonly fetch: Omit<DocumentFetchOptions, 'signal'>;
  readonly timers: UpstreamTimers;
  readonly log: UpstreamLog;
  readonly onDocument?: (clientKey: string, text: string) => void;
}

/** What fetching one environment has come to. */
export interface SyncFigures {
  readonly clientKey: string;
  readonly polls: EnvironmentPoller['polls'];
  /** Failed polls since the last good one. */
  readonly failures: number;
  /** What is wrong with the document that was fetched last. */
  readonly issues: number;
  /** How the last poll ended; null before the first one did. */
  readonly lastOutcome: EnvironmentPoller['lastOutcome'];
  /** When the next poll begins, in milliseconds since the epoch; null while one is under way. */
  readonly nextPollMs: number | null;
  /** See `EnvironmentSync.lastSuccessMs`. */
  readonly lastSuccessMs: number | null;
}

interface Synced {
  readonly poller: EnvironmentPoller;
  restoredMs: number | null;
}

// the core API should not be asked for hundreds of documents in the same moment
const firstFetchesAtOnce = 16;
const minIntervalMs = 1_000;

/**
 * Keeps any number of environments up to date, each by itself: one that is broken or slow holds up no other (spec section
 * 3). Environments can be added and removed at any time.
 */
export class EnvironmentSync {
  readonly #options: EnvironmentSyncOptions;
  readonly #synced = new Map<string, Synced>();
  #started = false;

  constructor(options: EnvironmentSyncOptions) {
    this.#options = { ...options, intervalMs: Math.max(options.intervalMs, minIntervalMs) };
  }

  /** Adds an environment, or changes the keys and the source of one. After {@link start} it is fetched at once. */
  add(keys: EnvironmentKeys, source: DocumentSource): void {
    const { registry, serving, intervalMs, fetch, timers, log, onDocument } = this.#options;
    const registered = registry.register(keys);
    const known = this.#synced.get(keys.clientKey);
    if (known !== undefined) {
      known.poller.source = source;
      return;
    }
    const kept = onDocument === undefined ? {} : { onDocument };
    const poller = new EnvironmentPoller({ registered, source, serving, intervalMs, fetch, timers, log, ...kept });
    this.#synced.set(keys.clientKey, { poller, restoredMs: null });
    if (this.#started) void poller.refresh();
  }

  /** Stops serving and fetching an environment. */
  remove(clientKey: string): void {
    this.#synced.get(clientKey)?.poller.stop();
    this.#synced.delete(clientKey);
    this.#options.registry.remove(clientKey);
  }

  /**
   * Serves a kept document until upstream answers. `savedMs`: when upstream last confirmed it, in milliseconds since the
   * epoch. Returns false when it cannot be used; something newer is never replaced.
   */
  async restore(clientKey: string, text: string, savedMs: number): Promise<boolean> {
    const synced = this.#synced.get(clientKey);
    if (synced === undefined) return false;
    const { timers, serving, registry } = this.#options;
    const slicing = { elapsedMs: () => timers.now(), yieldNow: () => timers.yieldToOthers() };
    const { environment } = await runInSlices(loadEnvironment([text], serving), slicing);
    const slot = registry.get(clientKey)?.slot;
    if (environment === null || slot === undefined || slot.current !== undefined) return false;
    slot.publish(environment, 'backup');
    timers.loaded?.(text.length);
    synced.restoredMs = savedMs;
    return true;
  }

  /**
   * Serves a document that another process fetched and published. Unknown keys are ignored.
   *
   * @throws Error when the text is no document of an environment; what was served before stays
   */
  async take(clientKey: string, text: string, origin: Origin, elsewhere: PublishedElsewhere): Promise<void> {
    const { timers, serving, registry } = this.#options;
    const slicing = { elapsedMs: () => timers.now(), yieldNow: () => timers.yieldToOthers() };
    const { environment, issues } = await runInSlices(loadEnvironment([text], serving), slicing);
    if (environment === null) throw new Error(issues.at(-1)?.message ?? 'the document cannot be used');
    const slot = registry.get(clientKey)?.slot;
    const isFirst = slot?.current === undefined;
    slot?.publish(environment, origin, elsewhere);
    if (isFirst) timers.loaded?.(text.length);
  }

  /** Notes when upstream confirmed an environment to the process that fetches. */
  confirm(clientKey: string, ms: number): void {
    const synced = this.#synced.get(clientKey);
    if (synced !== undefined) synced.restoredMs = ms;
  }

  /** Fetches every environment once and keeps polling. Resolves after the first round, whatever came of it. */
  async start(): Promise<void> {
    this.#started = true;
    const waiting = [...this.#synced.values()].map(({ poller }) => poller);
    const worker = async () => {
      for (let poller = waiting.shift(); poller !== undefined; poller = waiting.shift()) await poller.refresh();
    };
    await Promise.all(Array.from({ length: firstFetchesAtOnce }, worker));
  }

  /** Fetches one environment now; resolves when that is done. Unknown keys are ignored. */
  async refresh(clientKey: string): Promise<void> {
    await this.#synced.get(clientKey)?.poller.refresh();
  }

  /** Ends all polling. */
  stop(): void {
    for (const { poller } of this.#synced.values()) poller.stop();
  }

  /** When upstream last confirmed an environment, in milliseconds since the epoch; null: never. */
  lastSuccessMs(clientKey: string): number | null {
    const synced = this.#synced.get(clientKey);
    return synced === undefined ? null : (synced.poller.lastSuccessMs ?? synced.restoredMs);
  }

  /** All environments, for whoever watches. */
  figures(): SyncFigures[] {
    return [...this.#synced].map(
      ([
        clientKey,
        {
          poller: { polls, failures, issues, lastOutcome, nextPollMs },
        },
      ]) => ({
        clientKey,
        polls,
        failures,
        issues,
        lastOutcome,
        nextPollMs,
        lastSuccessMs: this.lastSuccessMs(clientKey),
      }),
    );
  }

  /** What readiness is judged by: the environment that is worst off. */
  freshness(): FreshnessFacts {
    let oldest: number | null = Number.POSITIVE_INFINITY;
    for (const clientKey of this.#synced.keys()) {
      const success = this.lastSuccessMs(clientKey);
      oldest = success === null || oldest === null ? null : Math.min(oldest, success);
    }
    return {
      lastSuccessMs: this.#synced.size === 0 ? null : oldest,
      pollFrequencySeconds: this.#options.intervalMs / 1000,
      graceSeconds: this.#options.graceSeconds,
      environments: this.#synced.size,
    };
  }
}
