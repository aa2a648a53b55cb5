import { mergeAcrossApplications } from './impact.ts';
import { rowJson } from './rows.ts';
import type { Application, EnvironmentBatch, ImpactEntry, MetricsRow } from './types.ts';

/** A piece of a batch: its JSON, and what it was made of, to be kept when it cannot be sent. */
interface Item {
  readonly kind: 'applications' | 'metrics' | 'impactMetrics';
  readonly text: string;
  readonly bytes: number;
  readonly restore: (target: Restore) => void;
}

/** Takes back what could not be sent. */
export interface Restore {
  application(application: Application): void;
  row(row: MetricsRow): void;
  impact(entry: ImpactEntry): void;
}

/** One request's worth of reports. */
export interface Parcel {
  /** The body of the request, JSON. */
  body(): string;
  /** Size of the body in bytes. */
  readonly bytes: number;
  /** How many things are in it. */
  readonly size: number;
  /** The same in two halves, for an upstream that found it too large; undefined when it cannot be divided. */
  halves(): readonly [Parcel, Parcel] | undefined;
  restore(target: Restore): void;
}

/** Sizes in bytes (18.5). */
export interface SplitLimits {
  /** A body below this is sent in one request. */
  readonly singleBytes: number;
  /** Otherwise bodies are filled up to this. */
  readonly targetBytes: number;
}

export const originalSplitLimits: SplitLimits = { singleBytes: 102_400, targetBytes: 97_280 };

const emptyBody = '{"applications":[],"metrics":[],"impactMetrics":[]}';
const separatorBytes = 1;

/**
 * Cuts an environment's reports into requests by their encoded size, in the order applications, metrics, impact
 * metrics. Each thing is in exactly one parcel; one that is too large by itself goes alone.
 *
 * Source: Unleash Edge specification 18.5.
 */
export function splitBatch(batch: EnvironmentBatch, limits: SplitLimits = originalSplitLimits): Parcel[] {
  const items = itemsOf(batch);
  if (items.length === 0) return [];
  const total = sizeOf(items);
  if (total < limits.singleBytes) return [parcelOf(items)];
  const parcels: Parcel[] = [];
  let open: Item[] = [];
  let bytes = emptyBody.length;
  for (const item of items) {
    const added = item.bytes + separatorBytes;
    if (open.length > 0 && bytes + added > limits.targetBytes) {
      parcels.push(parcelOf(open));
      open = [];
      bytes = emptyBody.length;
    }
    open.push(item);
    bytes += added;
  }
  parcels.push(parcelOf(open));
  return parcels;
}

function parcelOf(items: readonly Item[]): Parcel {
  return {
    size: items.length,
    bytes: sizeOf(items),
    body() {
      const lists = { applications: '', metrics: '', impactMetrics: '' };
      for (const { kind, text } of items) lists[kind] += lists[kind] === '' ? text : `,${text}`;
      const impact = lists.impactMetrics === '' ? '' : `,"impactMetrics":[${lists.impactMetrics}]`;
      return `{"applications":[${lists.applications}],"metrics":[${lists.metrics}]${impact}}`;
    },
    halves() {
      if (items.length < 2) return undefined;
      const middle = items.length >> 1;
      return [parcelOf(items.slice(0, middle)), parcelOf(items.slice(middle))];
    },
    restore(target) {
      for (const item of items) item.restore(target);
    },
  };
}

/** With separators counted per item, as the original does: at most a few bytes too much. */
function sizeOf(items: readonly Item[]): number {
  return items.reduce((total, { bytes }) => total + bytes + separatorBytes, emptyBody.length);
}

function itemsOf(batch: EnvironmentBatch): Item[] {
  const items: Item[] = [];
  const push = (kind: Item['kind'], value: unknown, restore: Item['restore']) => {
    const text = JSON.stringify(value);
    items.push({ kind, text, bytes: Buffer.byteLength(text), restore });
  };
  for (const application of batch.applications) {
    push('applications', application.json, (target) => target.application(application));
  }
  for (const row of batch.rows) push('metrics', rowJson(row), (target) => target.row(row));
  const byName = new Map<string, ImpactEntry[]>();
  for (const entry of batch.impact) {
    const entries = byName.get(entry.metric.name);
    if (entries === undefined) byName.set(entry.metric.name, [entry]);
    else entries.push(entry);
  }
  for (const entries of byName.values()) {
    for (const metric of mergeAcrossApplications(entries)) {
      push('impactMetrics', metric, (target) => {
        for (const entry of entries) target.impact(entry);
      });
    }
  }
  return items;
}

/** What each environment sends: its rows and impact metrics, and all registrations. Registrations alone send nothing. */
export function groupByEnvironment(
  applications: readonly Application[],
  rows: readonly MetricsRow[],
  impact: readonly ImpactEntry[],
): Map<string, EnvironmentBatch> {
  const groups = new Map<string, { rows: MetricsRow[]; impact: ImpactEntry[] }>();
  const groupOf = (environment: string) => {
    let group = groups.get(environment);
    if (group === undefined) {
      group = { rows: [], impact: [] };
      groups.set(environment, group);
    }
    return group;
  };
  for (const row of rows) groupOf(row.environment).rows.push(row);
  for (const entry of impact) groupOf(entry.environment).impact.push(entry);
  return new Map(Array.from(groups, ([environment, group]) => [environment, { applications, ...group }]));
}
