import type { ValueFamily } from '../edge-prometheus.ts';
import { ownFamily } from '../metrics/own-family.ts';

/** What came of an export: the collector took it, has to be asked again, or will not have it. */
export type ExportOutcome = 'taken' | 'postponed' | 'refused';
/** What became of a span. */
export type SpanFate = 'exported' | 'dropped' | 'failed';

/** What exporting came to since the start. */
export class OtlpFigures {
  readonly exports = new Map<string, number>();
  readonly spans: Record<SpanFate, number> = { exported: 0, dropped: 0, failed: 0 };
  /** Spans that wait now. */
  waiting: () => number = () => 0;

  exported(signal: 'traces' | 'metrics', outcome: ExportOutcome): void {
    const key = `${signal} ${outcome}`;
    this.exports.set(key, (this.exports.get(key) ?? 0) + 1);
  }
}

/** Those of this process; undefined while nothing is exported. */
let current: OtlpFigures | undefined;

/** Makes figures visible in the metrics of this process. */
export function showOtlpFigures(figures: OtlpFigures | undefined): void {
  current = figures;
}

/** The families about OTLP export itself. They have no series where it is off. Nothing of OpenTelemetry is loaded. */
export function otlpFamilies(): ValueFamily[] {
  return [
    ownFamily('halyard_otlp_exports_total', () =>
      [...(current?.exports ?? [])].map(([key, count]) => {
        const [signal = '', outcome = ''] = key.split(' ');
        return [{ signal, outcome }, count] as const;
      }),
    ),
    ownFamily('halyard_otlp_spans_total', () =>
      Object.entries(current?.spans ?? {}).map(([outcome, count]) => [{ outcome }, count] as const),
    ),
    ownFamily('halyard_otlp_spans_waiting', () => (current === undefined ? [] : [[{}, current.waiting()]])),
  ];
}
