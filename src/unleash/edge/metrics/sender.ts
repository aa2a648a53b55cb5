import { Backoff } from '../../../flags/backoff.ts';
import { logEvents } from '../../../flags/events/catalogue.ts';
import { tell } from '../../../flags/events/tell.ts';
import type { Logger } from '../../../flags/logger.ts';
import { pause, type Timers } from '../../../flags/timers.ts';
import { UpstreamError } from '../../../http/upstream/types.ts';
import type { EdgeUpstreamAccess } from '../types.ts';
import type { ApplicationStore } from './applications.ts';
import { bulkVerdict } from './bulk-report.ts';
import type { ImpactStore } from './impact.ts';
import type { MemoryBudget } from './limits.ts';
import type { RowStore } from './rows.ts';
import { groupByEnvironment, type Parcel, type Restore, splitBatch } from './split.ts';
import type { MetricsRow } from './types.ts';

/** What sending needs. */
export interface BulkSenderOptions {
  readonly access: EdgeUpstreamAccess;
  readonly rows: RowStore;
  readonly applications: ApplicationStore;
  readonly impact: ImpactStore;
  readonly budget: MemoryBudget;
  readonly intervalMs: number;
  readonly timers: Timers;
  readonly random: () => number;
  readonly logger: Logger;
  /** Told how long each exchange took, in milliseconds. */
  readonly onExchange?: ((durationMs: number) => void) | undefined;
}

/** What operators look at. Counters count since the start. */
export interface BulkFigures {
  /** Finished uploads that were taken. */
  delivered: number;
  /** Answers that were no success, by status. */
  readonly refused: Map<number, number>;
  /** Parcels that upstream is too old to take (404), by environment. */
  readonly outdated: Map<string, number>;
  /** Exchanges without an answer. */
  unreachable: number;
  /** Rows, registrations and impact metrics that upstream refused for good. */
  discarded: number;
  /** Size of the last body, and the wait before the next round. */
  lastBytes: number;
  waitMs: number;
}

/** Tries for one parcel when nobody answers, and the waits between them. */
const networkTries = 5;
const retryBaseMs = 50;
const retryLimitMs = 2_000;
const answerLimitBytes = 64 * 1024;
/** Statuses of an upstream that should be asked less often. */
const busy: ReadonlySet<number> = new Set([429, 500, 502, 503, 504]);

/**
 * Sends what was counted to upstream's bulk endpoint, per environment with one of its tokens, in parcels by size.
 *
 * What upstream may take later is put back and adds up with what came in meanwhile; what it refuses for good is
 * dropped and counted; what it finds too large goes in halves. Where no token is held for an environment, its reports
 * wait.
 *
 * Source: Unleash Edge specification 18.4, 18.5; 27, 2 and 3.
 */
export class BulkSender {
  readonly figures: BulkFigures;
  readonly #options: BulkSenderOptions;
  readonly #backoff = new Backoff();
  readonly #stop = new AbortController();
  readonly #restore: Restore;
  #cancelNext: () => void = () => undefined;
  #sending: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(options: BulkSenderOptions) {
    this.#options = options;
    const { rows, applications, impact, intervalMs } = options;
    this.figures = {
      delivered: 0,
      refused: new Map(),
      outdated: new Map(),
      unreachable: 0,
      discarded: 0,
      lastBytes: 0,
      waitMs: intervalMs,
    };
    this.#restore = {
      row: (row) => rows.add(row),
      application: (application) => applications.putBack(application),
      impact: (entry) => impact.putBack(entry),
    };
  }

  /** Consecutive failures, up to ten: each makes the wait an interval longer. */
  get failures(): number {
    return this.#backoff.failures;
  }

  /** Sends now and then in intervals. */
  start(): void {
    if (this.#stopped) return;
    this.#sending = this.send().then(() => {
      if (this.#stopped) return;
      this.figures.waitMs = this.#backoff.delayMs(this.#options.intervalMs);
      this.#cancelNext = this.#options.timers.set(() => this.start(), this.figures.waitMs);
    });
  }

  /** Ends the intervals and sends what is left, once. Resolves when done, or `deadlineMs` have passed. */
  async stop(deadlineMs: number): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#cancelNext();
    const cancel = this.#options.timers.set(() => this.#stop.abort(), deadlineMs);
    await this.#sending;
    await this.send((row) => row.yes > 0 || row.no > 0);
    cancel();
  }

  /** Sends everything once. Never rejects. */
  async send(wanted: (row: MetricsRow) => boolean = () => true): Promise<void> {
    const { rows, applications, impact, access, logger } = this.#options;
    if (rows.size === 0 && impact.size === 0) return;
    const groups = groupByEnvironment(applications.take(), rows.take().filter(wanted), impact.take());
    for (const [environment, batch] of groups) {
      const parcels = splitBatch(batch);
      const token = access.refreshToken(environment);
      if (token === undefined) {
        tell(logger, logEvents.metricsWait, `No token for environment ${environment}: its metrics wait`);
        for (const parcel of parcels) parcel.restore(this.#restore);
        continue;
      }
      for (const parcel of parcels) await this.#deliver(parcel, environment, token);
    }
  }

  async #deliver(parcel: Parcel, environment: string, token: string): Promise<void> {
    const { logger } = this.#options;
    const { status, text } = await this.#post(parcel, token);
    const verdict = bulkVerdict(status);
    if (verdict === 'taken') {
      this.#backoff.succeeded();
      this.figures.delivered++;
      return;
    }
    if (status > 0) this.figures.refused.set(status, (this.figures.refused.get(status) ?? 0) + 1);
    if (verdict === 'too-large') {
      const halves = parcel.halves();
      if (halves === undefined) this.#discard(parcel, `${parcel.bytes} bytes are too large for upstream`);
      else for (const half of halves) await this.#deliver(half, environment, token);
      return;
    }
    if (verdict === 'dropped') {
      if (status === 404) this.figures.outdated.set(environment, (this.figures.outdated.get(environment) ?? 0) + 1);
      if (status !== 400) this.#backoff.refused();
      this.#discard(parcel, `upstream responded ${status}${status === 400 ? `: ${text}` : ''}`);
      return;
    }
    if (busy.has(status)) this.#backoff.failed();
    parcel.restore(this.#restore);
    tell(
      logger,
      logEvents.usageKept,
      `Metrics could not be sent and are kept: ${status === 0 ? text : `upstream responded ${status}`}`,
    );
  }

  #discard(parcel: Parcel, reason: string): void {
    this.figures.discarded += parcel.size;
    tell(
      this.#options.logger,
      logEvents.usageDropped,
      `${parcel.size} metrics and registrations are dropped: ${reason}`,
    );
  }

  /** @returns status 0 when nobody answered, however often it was tried */
  async #post(parcel: Parcel, token: string): Promise<{ status: number; text: string }> {
    const { access, intervalMs, timers, random, onExchange } = this.#options;
    const { signal } = this.#stop;
    const body = parcel.body();
    this.figures.lastBytes = parcel.bytes;
    const headers = { ...access.headers(token, intervalMs), 'Content-Type': 'application/json' };
    const { timeoutMs } = access;
    const request = {
      method: 'POST',
      url: access.urls.bulk,
      headers,
      body,
      timeoutMs,
      limitBytes: answerLimitBytes,
      signal,
    } as const;
    for (let tries = 1; ; tries++) {
      const begun = timers.now();
      try {
        const { status, body: answer } = await access.send(request);
        onExchange?.(timers.now() - begun);
        return { status, text: Buffer.from(answer).toString('utf8', 0, 500) };
      } catch (error) {
        this.figures.unreachable++;
        const text = error instanceof UpstreamError ? error.message : String(error);
        if (tries >= networkTries || signal.aborted || this.#stopped) return { status: 0, text };
        await pause(timers, Math.min(retryLimitMs, retryBaseMs * 2 ** tries) + random() * retryBaseMs);
      }
    }
  }
}
