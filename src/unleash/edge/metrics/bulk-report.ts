import type { ReportKind, ReportVerdict } from '../../../flags/report-kind.ts';
import type { Steps } from '../../../flags/steps.ts';
import { isRecord } from '../../definitions/is-record.ts';
import { ApplicationStore } from './applications.ts';
import { ImpactStore } from './impact.ts';
import { MemoryBudget } from './limits.ts';
import { readImpactMetrics, readRow } from './read-reports.ts';
import { RowStore } from './rows.ts';
import { splitBatch } from './split.ts';
import type { Application, EnvironmentBatch } from './types.ts';

/** What upstream's answer to a bulk report means (specification 18.4; 27, 2). */
export function bulkVerdict(status: number): ReportVerdict {
  if (status >= 200 && status < 300) return 'taken';
  if (status === 413) return 'too-large';
  return status === 400 || status === 401 || status === 403 || status === 404 ? 'dropped' : 'kept';
}

/** Bulk reports of Edge mode as reports that several processes may add up, by the stores of one process. */
export function bulkReports(intervalMs: number): ReportKind {
  return { intervalMs, merge, halves, verdict: bulkVerdict };
}

/** All bodies are for the environment of one token. Whoever collects them sees to it that they are not too many. */
function* merge(bodies: readonly string[]): Steps<readonly string[]> {
  const budget = new MemoryBudget(Number.POSITIVE_INFINITY);
  const rows = new RowStore(budget);
  const applications = new ApplicationStore(budget);
  const impact = new ImpactStore(budget);
  for (const body of bodies) {
    const batch = readBatch(body);
    for (const application of batch?.applications ?? []) applications.add(application);
    for (const row of batch?.rows ?? []) rows.add(row);
    for (const entry of batch?.impact ?? []) impact.add(entry);
    yield;
  }
  const all = { applications: applications.take(), rows: rows.take(), impact: impact.take() };
  return splitBatch(all).map((parcel) => parcel.body());
}

function halves(body: string): readonly [string, string] | undefined {
  const batch = readBatch(body);
  const [parcel] = batch === undefined ? [] : splitBatch(batch, wholeParcels);
  const both = parcel?.halves();
  return both && [both[0].body(), both[1].body()];
}

const wholeParcels = { singleBytes: Number.POSITIVE_INFINITY, targetBytes: Number.POSITIVE_INFINITY };

function readBatch(body: string): EnvironmentBatch | undefined {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return undefined;
  }
  if (!isRecord(value)) return undefined;
  const rows = listOf(value.metrics).map(readRow);
  const metrics = readImpactMetrics(value.impactMetrics);
  return {
    applications: listOf(value.applications).flatMap(readSent),
    rows: rows.filter((row) => row !== undefined),
    impact: metrics.map((metric) => ({ appName: '', environment: '', metric })),
  };
}

/** A registration as a process of this kind sends it: nothing is added to it any more. */
function readSent(value: unknown): Application[] {
  if (!isRecord(value) || typeof value.appName !== 'string') return [];
  const { appName, instanceId, environment } = value;
  const text = (given: unknown) => (typeof given === 'string' ? given : null);
  return [{ appName, instanceId: text(instanceId), environment: text(environment), json: value }];
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
