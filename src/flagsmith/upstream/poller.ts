import { runInSlices, type Steps } from '../../flags/steps.ts';
import { decodeText } from '../document/decode-text.ts';
import { updatedAtSeconds } from '../document/updated-at.ts';
import type { DefinitionIssue } from '../engine/issues.ts';
import type { RegisteredEnvironment } from '../environment/registry.ts';
import {
  type LoadResult,
  loadEnvironment,
  type ServedEnvironment,
  type ServingOptions,
} from '../environment/served-environment.ts';
import { type DocumentFetchOptions, type DocumentSource, fetchDocument } from './fetch-document.ts';
import type { UpstreamLog, UpstreamTimers } from './timers.ts';

/** What a poller needs. */
export interface PollerOptions {
  readonly registered: RegisteredEnvironment;
  readonly source: DocumentSource;
  readonly serving: ServingOptions;
  /** Wait between a finished poll and the next one. */
  readonly intervalMs: number;
  readonly fetch: Omit<DocumentFetchOptions, 'signal'>;
  readonly timers: UpstreamTimers;
  readonly log: UpstreamLog;
  /** Told of every new state after it is served; `text` is the document to keep for a start without upstream. */
  readonly onDocument?: (clientKey: string, text: string) => void;
}

function* loadPages(pages: readonly Uint8Array[], serving: ServingOptions): Steps<LoadResult> {
  const texts: string[] = [];
  for (const page of pages) texts.push(yield* decodeText(page));
  return yield* loadEnvironment(texts, serving);
}

/** Longest wait after failures, unless the interval itself is longer. */
export const maxBackoffMs = 30_000;
// documents changed this recently may change again within the second that If-Modified-Since can tell
const unsettledMs = 2_000;
const jitter = 0.1;
const maxToldIssues = 20;

/**
 * Keeps one environment up to date (spec section 3). Polls never overlap; a failure of any kind keeps what is served and
 * makes the next gaps longer; nothing that upstream answers ends the polling. A document is parsed and compiled before
 * anything is replaced, in slices, so that requests do not wait for it.
 */
export class EnvironmentPoller {
  readonly #options: PollerOptions;
  readonly #stop = new AbortController();
  #source: DocumentSource;
  #cancelNext: () => void = () => {};
  #running: Promise<void> | null = null;
  #again = false;
  #failures = 0;
  #lastSuccessMs: number | null = null;
  #issues = 0;
  #lastOutcome: 'changed' | 'unchanged' | 'failed' | null = null;
  #nextPollMs: number | null = null;
  readonly #polls = { changed: 0, unchanged: 0, failed: 0 };
  #conditional = true;

  constructor(options: PollerOptions) {
    this.#options = options;
    this.#source = options.source;
  }

  /** When upstream last confirmed what is served, in milliseconds since the epoch; null: never yet. */
  get lastSuccessMs(): number | null {
    return this.#lastSuccessMs;
  }

  /** Failed polls since the last good one. */
  get failures(): number {
    return this.#failures;
  }

  /** How the last poll ended; null before the first one did. */
  get lastOutcome(): 'changed' | 'unchanged' | 'failed' | null {
    return this.#lastOutcome;
  }

  /** When the next poll begins, in milliseconds since the epoch; null while one is under way. */
  get nextPollMs(): number | null {
    return this.#nextPollMs;
  }

  /** Finished polls by outcome. */
  get polls(): Readonly<Record<'changed' | 'unchanged' | 'failed', number>> {
    return this.#polls;
  }

  /** What is wrong with the document that was fetched last. */
  get issues(): number {
    return this.#issues;
  }

  /** Asks another way from the next poll on, for example after a key was rotated. */
  set source(source: DocumentSource) {
    this.#source = source;
  }

  /** Polls now, and again in intervals until stopped. Resolves after this poll; never rejects. */
  refresh(): Promise<void> {
    if (this.#running !== null) {
      // somebody knows of a change that the poll under way may have missed
      this.#again = true;
      return this.#running;
    }
    if (this.#stop.signal.aborted) return Promise.resolve();
    this.#cancelNext();
    this.#nextPollMs = null;
    this.#running = this.#poll().finally(() => {
      this.#running = null;
      this.#schedule();
    });
    return this.#running;
  }

  /** Ends polling, also in the middle of a request. */
  stop(): void {
    this.#stop.abort();
    this.#cancelNext();
  }

  #schedule(): void {
    if (this.#stop.signal.aborted) return;
    const delayMs = this.#again ? 0 : this.#delayMs();
    this.#again = false;
    this.#nextPollMs = this.#options.timers.now() + delayMs;
    this.#cancelNext = this.#options.timers.set(() => void this.refresh(), delayMs);
  }

  #delayMs(): number {
    const { intervalMs, timers } = this.#options;
    const backedOff = Math.min(intervalMs * 2 ** Math.min(this.#failures, 16), Math.max(maxBackoffMs, intervalMs));
    return backedOff * (1 + jitter * timers.random());
  }

  async #poll(): Promise<void> {
    const { log, registered } = this.#options;
    try {
      const changed = await this.#update();
      this.#lastOutcome = changed ? 'changed' : 'unchanged';
      this.#polls[this.#lastOutcome] += 1;
      if (this.#failures > 0) log.info('environment document fetched again', { client_side_key: registered.clientKey });
      this.#failures = 0;
      this.#lastSuccessMs = this.#options.timers.now();
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      this.#failures += 1;
      this.#polls.failed += 1;
      this.#lastOutcome = 'failed';
      const reason = error instanceof Error ? error.message : String(error);
      log.error('error_fetching_document', { client_side_key: registered.clientKey, reason });
    }
  }

  /** True when something new is served. */
  async #update(): Promise<boolean> {
    const { registered, fetch, timers, serving } = this.#options;
    const held = registered.slot.current?.model ?? null;
    const heldUpdatedAt = this.#conditional ? (held?.updatedAt ?? null) : null;
    const pages = await fetchDocument(this.#source, heldUpdatedAt, { ...fetch, signal: this.#stop.signal });
    this.#conditional = true;
    if (pages === null) return false;
    const steps = loadPages(pages, serving);
    const slicing = { elapsedMs: () => timers.now(), yieldNow: () => timers.yieldToOthers() };
    const { environment, issues } = await runInSlices(steps, slicing);
    if (environment === null) throw new Error(issues.at(-1)?.message ?? 'the document cannot be used');
    this.#conditional = this.#isSettled(environment);
    // upstream may send the same again: no new revision, no new replies
    if (environment.text === held?.text || this.#stop.signal.aborted) return false;
    this.#issues = issues.length;
    this.#tell(issues);
    registered.slot.publish(environment, 'upstream');
    if (held === null) timers.loaded?.(environment.text.length);
    this.#options.onDocument?.(registered.clientKey, environment.text);
    return true;
  }

  #tell(issues: readonly DefinitionIssue[]): void {
    const { log, registered } = this.#options;
    for (const issue of issues.slice(0, maxToldIssues)) {
      log.warn('document_issue', { client_side_key: registered.clientKey, ...issue });
    }
    const more = issues.length - maxToldIssues;
    if (more > 0) log.warn('document_issues_untold', { client_side_key: registered.clientKey, more });
  }

  #isSettled({ updatedAt }: ServedEnvironment): boolean {
    const seconds = updatedAtSeconds(updatedAt);
    return seconds === null || this.#options.timers.now() - seconds * 1000 > unsettledMs;
  }
}
