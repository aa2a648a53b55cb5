import { type Histogram, histogramSamples } from './histogram.ts';
import { durationBoundsMs, type RequestFigures, sizeBounds } from './request-figures.ts';

export type Labels = Readonly<Record<string, string | number>>;

/** One family of figures, read when somebody looks. */
export type Family = ValueFamily | HistogramFamily;

/** A family of plain values. */
export interface ValueFamily {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge';
  readonly read: () => Iterable<readonly [labels: Labels, value: number]>;
}

/** A family of histograms. */
export interface HistogramFamily {
  readonly name: string;
  readonly help: string;
  readonly type: 'histogram';
  readonly histograms: () => Iterable<readonly [labels: Labels, histogram: Histogram]>;
}

/** One family with its values. Samples of a histogram have names of their own. */
export interface CollectedFamily {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly samples: readonly Sample[];
}

/** One value. */
export interface Sample {
  readonly name: string;
  readonly labels: Labels;
  readonly value: number;
}

/** What is looked at. */
export interface EdgeFigures {
  readonly requests: RequestFigures;
  readonly families: readonly Family[];
  /** Put on the request metrics, as the original does. */
  readonly constantLabels: Readonly<Record<string, string>>;
}

/**
 * All figures of edge mode as they are now. Names of the first three families are those of Edge 19; Halyard's own
 * start with `halyard_`.
 *
 * Source: Unleash Edge specification 22.
 */
export function collectEdgeFigures({ requests, families, constantLabels }: EdgeFigures): CollectedFamily[] {
  const series = [...requests.series].map((entry) => ({
    entry,
    labels: { endpoint: entry.endpoint, method: entry.method, status: entry.status, ...constantLabels },
  }));
  const total = 'http_requests_total';
  const duration = 'http_server_duration_milliseconds';
  const size = 'http_response_size';
  return [
    {
      name: total,
      help: 'Finished requests.',
      type: 'counter',
      samples: series.map(({ entry, labels }) => ({ name: total, labels, value: entry.count })),
    },
    {
      name: duration,
      help: 'Time to answer a request.',
      type: 'histogram',
      samples: series.flatMap(({ entry, labels }) =>
        histogramSamples(duration, labels, {
          bounds: durationBoundsMs,
          counts: entry.durations,
          sum: entry.durationMs,
        }),
      ),
    },
    {
      name: size,
      help: 'Bytes of reply bodies.',
      type: 'histogram',
      samples: series.flatMap(({ entry, labels }) =>
        histogramSamples(size, labels, { bounds: sizeBounds, counts: entry.sizes, sum: entry.bytes }),
      ),
    },
    ...collectFamilies(families),
  ];
}

/** Families with their values as they are now. */
export function collectFamilies(families: readonly Family[]): CollectedFamily[] {
  return families.map((family) => {
    const { name, help, type } = family;
    const samples =
      family.type === 'histogram'
        ? [...family.histograms()].flatMap(([labels, histogram]) => histogramSamples(name, labels, histogram))
        : [...family.read()].map(([labels, value]) => ({ name, labels, value }));
    return { name, help, type, samples };
  });
}

/** Figures in the text format that Prometheus scrapes. */
export function prometheusText(families: readonly CollectedFamily[]): string {
  const lines: string[] = [];
  for (const { name, help, type, samples } of families) {
    lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);
    for (const sample of samples) {
      const pairs = Object.entries(sample.labels).map(([label, text]) => `${label}="${escapeLabel(String(text))}"`);
      lines.push(`${sample.name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${sample.value}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

function escapeLabel(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');
}
