import type { ReportKind } from '../../flags/report-kind.ts';
import type { Steps } from '../../flags/steps.ts';
import type { EvaluationRow } from '../api/options.ts';
import {
  addCounts,
  analyticsBody,
  analyticsIntervalMs,
  analyticsUrl,
  analyticsVerdict,
  type Counts,
} from './analytics.ts';
import { EvaluationRows, evaluationsBody, maxRowsPerRequest, sums } from './evaluation-rows.ts';
import { evaluationsUrl, isUnknownKind } from './evaluations.ts';
import { usageBodies, usageIdHeader, usageIntervalMs, usageUrl, usageVerdict } from './usage.ts';

/** The reports of Flagsmith mode that several processes may add up, by the address that they go to. */
export function flagsmithReports(apiUrl: string): ReadonlyMap<string, ReportKind> {
  const kinds = new Map<string, ReportKind>([
    [analyticsUrl(apiUrl), counts],
    [usageUrl(apiUrl), usage],
  ]);
  const newerUrl = evaluationsUrl(apiUrl);
  if (newerUrl !== null) kinds.set(newerUrl, evaluations(analyticsUrl(apiUrl)));
  return kinds;
}

const indivisible = () => undefined;

const counts: ReportKind = {
  intervalMs: analyticsIntervalMs,
  halves: indivisible,
  verdict: analyticsVerdict,
  *merge(bodies) {
    const all: Counts = new Map();
    for (const body of bodies) {
      const value = parse(body);
      if (isObject(value)) addCounts(all, Object.entries(value).filter(isCounted));
      yield;
    }
    return all.size === 0 ? [] : [analyticsBody(all)];
  },
};

const usage: ReportKind = {
  intervalMs: usageIntervalMs,
  halves: indivisible,
  verdict: usageVerdict,
  idempotencyHeader: usageIdHeader,
  *merge(bodies) {
    const all = new Map<string, Counts>();
    for (const body of bodies) {
      for (const row of listOf(parse(body))) {
        if (!isObject(row)) continue;
        const key = String(row.client_side_key);
        const byResource = all.get(key) ?? new Map();
        all.set(key, byResource);
        addCounts(byResource, [[String(row.resource), row.count] as const].filter(isCounted));
      }
      yield;
    }
    return usageBodies(all);
  },
};

/** Where upstream does not know rows, they go on as counts. */
function evaluations(countsUrl: string): ReportKind {
  return {
    intervalMs: analyticsIntervalMs,
    halves: indivisible,
    verdict: analyticsVerdict,
    *merge(bodies) {
      // All are for one environment, and bounded where they were collected.
      const all = new EvaluationRows(Number.POSITIVE_INFINITY);
      for (const body of bodies) {
        all.add('', readRows(body));
        yield;
      }
      const rows = all.take().flatMap(([, list]) => list);
      return yield* inParts(rows);
    },
    reroute: (body, _, status) =>
      isUnknownKind(status) ? { url: countsUrl, body: analyticsBody(sums(readRows(body))) } : undefined,
  };
}

function* inParts(rows: readonly EvaluationRow[]): Steps<readonly string[]> {
  const bodies: string[] = [];
  for (let start = 0; start < rows.length; start += maxRowsPerRequest) {
    bodies.push(evaluationsBody(rows.slice(start, start + maxRowsPerRequest)));
    yield;
  }
  return bodies;
}

function readRows(body: string): EvaluationRow[] {
  const value = parse(body);
  return listOf(isObject(value) ? value.evaluations : undefined).flatMap((row) => {
    if (!isObject(row) || typeof row.count !== 'number') return [];
    const { feature_name: feature, identity_identifier: identifier, count, enabled_when_evaluated: enabled } = row;
    return [
      {
        feature: String(feature),
        identifier: typeof identifier === 'string' ? identifier : null,
        count,
        enabled: enabled === true,
      },
    ];
  });
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCounted(entry: readonly [name: string, count: unknown]): entry is [string, number] {
  return Number.isSafeInteger(entry[1]);
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
