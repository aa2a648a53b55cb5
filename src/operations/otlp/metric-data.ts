import { type HrTime, ValueType } from '@opentelemetry/api';
import {
  AggregationTemporality,
  type DataPoint,
  DataPointType,
  type MetricData,
  type MetricDescriptor,
} from '@opentelemetry/sdk-metrics';
import { helpOf, type ReadFamily, readFamilies, sampleLabels, sampleName } from '../metrics/exposition.ts';
import { findFamily } from '../metrics/find-family.ts';
import type { FiguresPage } from './settings.ts';

/** When counting began, and now. */
export interface MetricTimes {
  readonly start: HrTime;
  readonly now: HrTime;
}

/** Units as OpenTelemetry writes them (UCUM). */
const units: Readonly<Record<string, string>> = {
  seconds: 's',
  milliseconds: 'ms',
  bytes: 'By',
  characters: '{character}',
};

/** Figures that are those of the process, its workers or its fleet, whichever system shows them. */
const ofProcess = /^(process_|halyard_otlp_|halyard_worker_|halyard_primary_|halyard_fleet_)/;

/**
 * The families of all systems as metrics of OpenTelemetry: counters as cumulative monotonic sums, gauges, histograms
 * with their bounds. Names and labels stay. With several systems in one process, a label `system` keeps apart what each
 * of them says.
 */
export function metricData(pages: readonly FiguresPage[], times: MetricTimes): MetricData[] {
  const byName = new Map<string, { readonly family: ReadFamily; readonly points: Sampled[] }>();
  const isShared = pages.length > 1;
  for (const { name: system, text } of pages) {
    for (const [name, family] of readFamilies(text)) {
      const known = byName.get(name);
      if (known !== undefined && ofProcess.test(name)) continue;
      const extra: Record<string, string> = isShared && !ofProcess.test(name) ? { system } : {};
      const points = [...family.samples].map(([key, value]): Sampled => ({ key, value, extra }));
      if (known === undefined) byName.set(name, { family, points });
      else known.points.push(...points);
    }
  }
  return [...byName.values()].flatMap(({ family, points }) => {
    const metric = toMetric(family, points, times);
    return metric === undefined || metric.dataPoints.length === 0 ? [] : [metric];
  });
}

interface Sampled {
  readonly key: string;
  readonly value: number;
  readonly extra: Readonly<Record<string, string>>;
}

function toMetric(family: ReadFamily, samples: readonly Sampled[], times: MetricTimes): MetricData | undefined {
  const common = { descriptor: descriptorOf(family), aggregationTemporality: AggregationTemporality.CUMULATIVE };
  switch (family.type) {
    case 'counter':
      return { ...common, dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints: values(samples, times) };
    case 'gauge':
    case 'untyped':
      return { ...common, dataPointType: DataPointType.GAUGE, dataPoints: values(samples, times) };
    case 'histogram':
      return { ...common, dataPointType: DataPointType.HISTOGRAM, dataPoints: histograms(family, samples, times) };
    default:
      return undefined;
  }
}

function descriptorOf(family: ReadFamily): MetricDescriptor {
  const { name } = family;
  return {
    name,
    description: helpOf(family),
    unit: units[findFamily(name)?.unit ?? ''] ?? '',
    valueType: ValueType.DOUBLE,
  };
}

/** What is no number is left out: JSON has no way to write it. */
function values(samples: readonly Sampled[], { start, now }: MetricTimes): DataPoint<number>[] {
  return samples
    .filter(({ value }) => Number.isFinite(value))
    .map(({ key, value, extra }) => ({
      startTime: start,
      endTime: now,
      attributes: { ...Object.fromEntries(sampleLabels(key)), ...extra },
      value,
    }));
}

interface Growing {
  readonly attributes: Readonly<Record<string, string>>;
  /** Values up to each bound, those below it included. */
  readonly upTo: (readonly [bound: number, count: number])[];
  sum: number;
  count: number;
}

type HistogramPoint = Extract<MetricData, { dataPointType: DataPointType.HISTOGRAM }>['dataPoints'][number];

function histograms({ name }: ReadFamily, samples: readonly Sampled[], times: MetricTimes): HistogramPoint[] {
  const series = new Map<string, Growing>();
  for (const { key, value, extra } of samples) {
    const labels = sampleLabels(key);
    const bound = labels.get('le');
    labels.delete('le');
    const attributes = { ...Object.fromEntries(labels), ...extra };
    const id = JSON.stringify(Object.entries(attributes).sort());
    let one = series.get(id);
    if (one === undefined) {
      one = { attributes, upTo: [], sum: 0, count: 0 };
      series.set(id, one);
    }
    const part = sampleName(key).slice(name.length);
    if (part === '_bucket') one.upTo.push([bound === '+Inf' ? Number.POSITIVE_INFINITY : Number(bound), value]);
    else if (part === '_sum') one.sum = value;
    else if (part === '_count') one.count = value;
  }
  return [...series.values()].map(({ attributes, upTo, sum, count }) => {
    const ascending = [...upTo].sort(([left], [right]) => left - right);
    const boundaries = ascending.map(([bound]) => bound).filter(Number.isFinite);
    const below = (place: number) => (place === 0 ? 0 : (ascending[place - 1]?.[1] ?? 0));
    const counts = boundaries.map((_, place) => (ascending[place]?.[1] ?? 0) - below(place));
    // The last bucket is what fits under no bound.
    counts.push(count - below(boundaries.length));
    return {
      startTime: times.start,
      endTime: times.now,
      attributes,
      value: { buckets: { boundaries, counts }, sum, count },
    };
  });
}
