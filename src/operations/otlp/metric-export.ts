import type { MetricData } from '@opentelemetry/sdk-metrics';
import type { Timers } from '../../flags/timers.ts';
import type { Exchange } from './exchange.ts';
import type { OtlpFigures } from './figures.ts';
import { Pace } from './pace.ts';
import type { Report } from './report.ts';

/** What exporting metrics needs. */
export interface MetricExportOptions {
  readonly intervalMs: number;
  /** All metrics as they are now. */
  readonly collect: () => Promise<readonly MetricData[]>;
  readonly encode: (metrics: MetricData[]) => Uint8Array | undefined;
  readonly exchange: Exchange;
  readonly figures: OtlpFigures;
  readonly report: Report;
  readonly timers: Timers;
  readonly random: () => number;
}

/**
 * Exports all metrics in intervals. Nothing is kept of what could not be exported: the sums of the next export include
 * it.
 */
export class MetricExport {
  readonly #options: MetricExportOptions;
  readonly #pace: Pace;
  /** Most metrics in one request; less where the collector finds requests too large. */
  #batchLimit = Number.POSITIVE_INFINITY;
  #cancelNext: () => void = () => {};
  #exporting: Promise<void> | undefined;
  #stopped = false;

  constructor(options: MetricExportOptions) {
    this.#options = options;
    this.#pace = new Pace(options.random);
    this.#schedule(options.intervalMs);
  }

  /** Exports once more, within `limitMs`, and then no more. */
  async stop(limitMs: number): Promise<void> {
    const { timers } = this.#options;
    const untilMs = timers.now() + limitMs;
    this.#stopped = true;
    this.#cancelNext();
    await this.#exporting;
    await this.#export(untilMs);
  }

  #schedule(ms: number): void {
    if (this.#stopped) return;
    this.#cancelNext = this.#options.timers.set(() => {
      this.#exporting = this.#export(Number.POSITIVE_INFINITY).then((waitMs) => {
        this.#exporting = undefined;
        this.#schedule(Math.max(waitMs, this.#options.intervalMs));
      });
    }, ms);
  }

  /** @returns how long the collector wants to be left alone. Never rejects. */
  async #export(untilMs: number): Promise<number> {
    const { collect, report, figures, timers } = this.#options;
    try {
      const metrics = await collect();
      for (let sent = 0; sent < metrics.length; ) {
        const limitMs = untilMs - timers.now();
        if (limitMs <= 0) return 0;
        const batch = metrics.slice(sent, sent + this.#batchLimit);
        const waitMs = await this.#exportOne(batch, limitMs);
        if (waitMs !== undefined) return waitMs;
        // Otherwise it was too large, and the same is sent in smaller parts.
        if (batch.length <= this.#batchLimit) sent += batch.length;
      }
    } catch (error) {
      figures.exported('metrics', 'refused');
      report.failed((error as Error).message);
    }
    return 0;
  }

  /** @returns how long to wait where this cannot go on; undefined where it can */
  async #exportOne(batch: readonly MetricData[], limitMs: number): Promise<number | undefined> {
    const { encode, exchange, figures, report } = this.#options;
    const bytes = encode([...batch]);
    if (bytes === undefined) throw new Error('they cannot be encoded');
    const result = await exchange(bytes, limitMs);
    switch (result.kind) {
      case 'taken':
        figures.exported('metrics', 'taken');
        this.#pace.succeeded();
        report.taken();
        return undefined;
      case 'too-large':
        if (batch.length > 1) {
          this.#batchLimit = Math.ceil(batch.length / 2);
          return undefined;
        }
        break;
      case 'postponed':
        figures.exported('metrics', 'postponed');
        report.failed(result.why);
        return this.#pace.failed(result.waitMs);
    }
    figures.exported('metrics', 'refused');
    report.failed(result.why);
    return this.#pace.failed(0);
  }
}
