import { durationBoundsMs, type RequestFigures, sizeBounds } from './request-figures.ts';

/** One family of figures, read when somebody scrapes. */
export interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge';
  readonly read: () => Iterable<readonly [labels: Readonly<Record<string, string | number>>, value: number]>;
}

/** What the text is made of. */
export interface EdgePrometheusOptions {
  readonly requests: RequestFigures;
  readonly families: readonly Family[];
  /** Put on the request metrics, as the original does. */
  readonly constantLabels: Readonly<Record<string, string>>;
}

/**
 * The figures of edge mode as Prometheus text. Names of the first three families are those of Edge 19; Halyard's own
 * start with `halyard_`.
 *
 * Source: Unleash Edge specification 22.
 */
export function renderEdgePrometheus({ requests, families, constantLabels }: EdgePrometheusOptions): string {
  const lines: string[] = [];
  const series = [...requests.series];
  const labelled = series.map((entry) => ({
    entry,
    labels: { endpoint: entry.endpoint, method: entry.method, status: entry.status, ...constantLabels },
  }));
  header(lines, 'http_requests_total', 'Finished requests.', 'counter');
  for (const { entry, labels } of labelled) sample(lines, 'http_requests_total', labels, entry.count);
  header(lines, 'http_server_duration_milliseconds', 'Time to answer a request.', 'histogram');
  for (const { entry, labels } of labelled) {
    histogram(lines, 'http_server_duration_milliseconds', labels, durationBoundsMs, entry.durations, entry.durationMs);
  }
  header(lines, 'http_response_size', 'Bytes of reply bodies.', 'histogram');
  for (const { entry, labels } of labelled) {
    histogram(lines, 'http_response_size', labels, sizeBounds, entry.sizes, entry.bytes);
  }
  for (const { name, help, type, read } of families) {
    header(lines, name, help, type);
    for (const [labels, value] of read()) sample(lines, name, labels, value);
  }
  return `${lines.join('\n')}\n`;
}

type Labels = Readonly<Record<string, string | number>>;

function header(lines: string[], name: string, help: string, type: string): void {
  lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);
}

function sample(lines: string[], name: string, labels: Labels, value: number): void {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escapeLabel(String(text))}"`);
  lines.push(`${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${value}`);
}

function histogram(
  lines: string[],
  name: string,
  labels: Labels,
  bounds: readonly number[],
  counts: Uint32Array,
  sum: number,
): void {
  let total = 0;
  for (const [place, count] of counts.entries()) {
    total += count;
    sample(lines, `${name}_bucket`, { ...labels, le: bounds[place] ?? '+Inf' }, total);
  }
  sample(lines, `${name}_sum`, labels, sum);
  sample(lines, `${name}_count`, labels, total);
}

function escapeLabel(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');
}
