import { TraceFlags } from '@opentelemetry/api';
import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace';
import type { Timers } from '../../flags/timers.ts';
import type { Exchange } from './exchange.ts';
import type { OtlpFigures } from './figures.ts';
import { Pace } from './pace.ts';
import type { Report } from './report.ts';
import type { SpanQueueSettings } from './settings.ts';

/** What the queue needs. */
export interface SpanQueueOptions {
  readonly settings: SpanQueueSettings;
  readonly encode: (spans: ReadableSpan[]) => Uint8Array | undefined;
  readonly exchange: Exchange;
  readonly figures: OtlpFigures;
  readonly report: Report;
  readonly timers: Timers;
  readonly random: () => number;
}

/**
 * Finished spans on their way to the collector, in a queue with a bound. The SDK's own one forgets a batch that the
 * collector could not take and does not tell how many it dropped; this one keeps it until there is no more room, and
 * counts.
 */
export class SpanQueue implements SpanProcessor {
  readonly #options: SpanQueueOptions;
  readonly #pace: Pace;
  readonly #waiting: ReadableSpan[] = [];
  #batchLimit: number;
  #exporting: Promise<void> | undefined;
  #cancelNext: () => void = () => {};
  /** Milliseconds since the epoch before which the collector is left alone. */
  #quietUntilMs = 0;
  #stopped = false;

  constructor(options: SpanQueueOptions) {
    this.#options = options;
    this.#batchLimit = options.settings.batchLimit;
    this.#pace = new Pace(options.random);
    options.figures.waiting = () => this.#waiting.length;
    this.#schedule(options.settings.intervalMs);
  }

  onStart(): void {}

  onEnd(span: ReadableSpan): void {
    if ((span.spanContext().traceFlags & TraceFlags.SAMPLED) === 0) return;
    const { settings, figures, report } = this.#options;
    if (this.#stopped || this.#waiting.length >= settings.limit) {
      figures.spans.dropped++;
      if (!this.#stopped) report.dropped(settings.limit);
      return;
    }
    this.#waiting.push(span);
    if (this.#waiting.length >= this.#batchLimit && !this.#isQuiet()) this.#export(Number.POSITIVE_INFINITY);
  }

  /** Exports what waits. Resolves when that is done, or cannot be done now. */
  forceFlush(): Promise<void> {
    return this.#export(Number.POSITIVE_INFINITY);
  }

  shutdown(): Promise<void> {
    return this.stop(Number.POSITIVE_INFINITY);
  }

  /** Exports what waits, within `limitMs`; what then still waits is dropped and counted. */
  async stop(limitMs: number): Promise<void> {
    this.#stopped = true;
    this.#cancelNext();
    const untilMs = this.#options.timers.now() + limitMs;
    await this.#exporting;
    await this.#export(untilMs);
    this.#options.figures.spans.dropped += this.#waiting.length;
    this.#waiting.length = 0;
  }

  #isQuiet(): boolean {
    return this.#options.timers.now() < this.#quietUntilMs;
  }

  #schedule(ms: number): void {
    this.#cancelNext();
    if (this.#stopped) return;
    this.#cancelNext = this.#options.timers.set(() => void this.#export(Number.POSITIVE_INFINITY), ms);
  }

  #export(untilMs: number): Promise<void> {
    this.#exporting ??= this.#exportAll(untilMs).finally(() => {
      this.#exporting = undefined;
      const { settings, timers } = this.#options;
      this.#schedule(Math.max(settings.intervalMs, this.#quietUntilMs - timers.now()));
    });
    return this.#exporting;
  }

  async #exportAll(untilMs: number): Promise<void> {
    while (this.#waiting.length > 0) {
      const limitMs = untilMs - this.#options.timers.now();
      if (limitMs <= 0 || !(await this.#exportOne(limitMs))) return;
    }
  }

  /** @returns whether to go on with what waits */
  async #exportOne(limitMs: number): Promise<boolean> {
    const { exchange, figures, report, timers } = this.#options;
    const batch = this.#waiting.slice(0, this.#batchLimit);
    const bytes = this.#encoded(batch);
    const result = bytes === undefined ? undefined : await exchange(bytes, limitMs);
    const settle = (failed: number) => {
      this.#waiting.splice(0, batch.length);
      figures.spans.failed += failed;
      figures.spans.exported += batch.length - failed;
    };
    if (result?.kind === 'taken') {
      settle(Math.min(batch.length, result.rejected));
      figures.exported('traces', 'taken');
      this.#pace.succeeded();
      report.taken();
      return true;
    }
    if (result?.kind === 'too-large' && batch.length > 1) {
      this.#batchLimit = Math.ceil(batch.length / 2);
      return true;
    }
    figures.exported('traces', result?.kind === 'postponed' ? 'postponed' : 'refused');
    report.failed(result?.why ?? 'they cannot be encoded');
    if (result?.kind !== 'postponed') settle(batch.length);
    this.#quietUntilMs = timers.now() + this.#pace.failed(result?.kind === 'postponed' ? result.waitMs : 0);
    return false;
  }

  /** Nobody waits for an export that was begun by a timer: what an encoder throws would end the process. */
  #encoded(batch: ReadableSpan[]): Uint8Array | undefined {
    try {
      return this.#options.encode(batch);
    } catch {
      return undefined;
    }
  }
}
