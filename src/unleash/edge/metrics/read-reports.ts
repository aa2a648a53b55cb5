import { isRecord } from '../../definitions/is-record.ts';
import type { EdgeToken } from '../types.ts';
import { timestampText } from './rows.ts';
import { isSendableCount, sendableInterval, sendableSdkType, sendableText, sendableTimeMs } from './sendable.ts';
import type {
  Application,
  ConnectVia,
  ImpactMetric,
  ImpactSample,
  ImpactType,
  MetricsRow,
  SdkMetadata,
} from './types.ts';

/** A body that was read, or what is wrong with it. */
export type Read<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly message: string };

/** What an SDK reports in one go. */
export interface ClientMetrics {
  readonly appName: string;
  readonly instanceId: string | null;
  readonly rows: readonly MetricsRow[];
  readonly impact: readonly ImpactMetric[];
  readonly metadata: SdkMetadata;
}

/** The environment that reports are counted under: the token's, never the client's word (18.1). */
export function environmentOf({ environment }: EdgeToken): string {
  return environment ?? 'development';
}

/**
 * Reads a report of an SDK: one row per flag. Counts may be missing and are 0 then.
 *
 * Source: Unleash Edge specification 18.1.
 */
export function readClientMetrics(body: unknown, environment: string): Read<ClientMetrics> {
  if (!isRecord(body)) return wrong('the body is no object');
  if (!isText(body.appName)) return wrong('missing field `appName`');
  const appName = sendableText(body.appName);
  const metadata = readMetadata(body);
  const rows: MetricsRow[] = [];
  if (body.bucket !== undefined && body.bucket !== null) {
    if (!isRecord(body.bucket)) return wrong('`bucket` is no object');
    const { start, toggles } = body.bucket;
    const timestampMs = sendableTimeMs(start);
    if (timestampMs === undefined) return wrong('`bucket.start` is no time');
    if (!isRecord(toggles)) return wrong('missing field `bucket.toggles`');
    for (const [name, counts] of Object.entries(toggles)) {
      if (!isRecord(counts)) return wrong('a toggle has no counts');
      const read = readCounts(counts);
      if (read === undefined) return wrong('a count is no whole number');
      rows.push({ appName, featureName: sendableText(name), environment, timestampMs, ...read, metadata });
    }
  } else if (body.impactMetrics === undefined) return wrong('missing field `bucket`');
  const impact = readImpactMetrics(body.impactMetrics);
  const instanceId = textOrNull(body.instanceId);
  return { ok: true, value: { appName, instanceId, rows, impact, metadata } };
}

/**
 * Reads a registration. Members that the API does not know are left out, as in the original.
 *
 * Source: Unleash Edge specification 9.3, 18.2.
 *
 * @param via appended to the chain of processes it was reported through
 * @param given members that this process knows better than the client
 */
export function readApplication(
  body: unknown,
  via: ConnectVia,
  given: { readonly environment: string | null; readonly projects?: readonly string[]; readonly sdkType?: string },
): Read<Application> {
  if (!isRecord(body)) return wrong('the body is no object');
  if (!isText(body.appName)) return wrong('missing field `appName`');
  const appName = sendableText(body.appName);
  const interval = body.interval ?? 0;
  if (typeof interval !== 'number') return wrong('`interval` is no number');
  const startedMs = sendableTimeMs(body.started);
  if (startedMs === undefined) return wrong('missing field `started`');
  const strategies = textsOf(body.strategies) ?? [];
  const chain = Array.isArray(body.connectVia) ? body.connectVia.filter(isRecord).map(readVia) : [];
  const instanceId = textOrNull(body.instanceId);
  const projects = given.projects ?? textsOf(body.projects);
  const json = {
    appName,
    connectVia: appendVia(chain, via),
    environment: given.environment,
    ...(projects === undefined ? {} : { projects }),
    instanceId,
    connectionId: textOrNull(body.connectionId),
    interval: sendableInterval(interval),
    started: timestampText(startedMs),
    strategies,
    ...readMetadata(body),
    ...(given.sdkType === undefined ? {} : { sdkType: given.sdkType }),
  };
  return { ok: true, value: { appName, instanceId, environment: given.environment, json } };
}

/** The chain of processes with one more at its end. */
export function appendVia(chain: readonly ConnectVia[] | null | undefined, via: ConnectVia): ConnectVia[] {
  return [...(chain ?? []), via];
}

/**
 * Reads a row of another Edge's report.
 *
 * @returns undefined for what is no row
 */
export function readRow(value: unknown): MetricsRow | undefined {
  if (!isRecord(value)) return undefined;
  const { environment } = value;
  const [appName, featureName] = [textOrNull(value.appName), textOrNull(value.featureName)];
  const timestampMs = sendableTimeMs(value.timestamp);
  if (appName === null || featureName === null || !isText(environment) || timestampMs === undefined) return undefined;
  const counts = readCounts(value);
  if (counts === undefined) return undefined;
  return { appName, featureName, environment, timestampMs, ...counts, metadata: readMetadata(value) };
}

/**
 * Reads impact metrics; what is none is left out, and what Unleash takes for none: it refuses a whole report for a type that
 * it does not know, and all impact metrics of one for an empty name or text of help, or a counter that goes back.
 */
export function readImpactMetrics(value: unknown): ImpactMetric[] {
  if (!Array.isArray(value)) return [];
  const metrics: ImpactMetric[] = [];
  for (const item of value) {
    if (!isRecord(item) || !isText(item.name) || item.name === '' || !Array.isArray(item.samples)) continue;
    const type = item.type as ImpactType;
    if (!impactTypes.has(type)) continue;
    const samples = item.samples.map((sample) => readSample(sample, type)).filter((sample) => sample !== undefined);
    metrics.push({
      name: sendableText(item.name),
      help: textOrNull(item.help) || sendableText(item.name),
      type,
      samples,
    });
  }
  return metrics;
}

const impactTypes: ReadonlySet<ImpactType> = new Set<ImpactType>(['counter', 'gauge', 'histogram']);

function readSample(value: unknown, type: ImpactType): ImpactSample | undefined {
  if (!isRecord(value)) return undefined;
  const labels: Record<string, string> = Object.create(null);
  for (const [name, label] of Object.entries(isRecord(value.labels) ? value.labels : {})) {
    // Objects may have a member where their conversion to text belongs.
    if (typeof label !== 'object') labels[sendableText(name)] = sendableText(String(label));
  }
  if (type !== 'histogram') {
    const isPossible = isNumber(value.value) && (type !== 'counter' || value.value >= 0);
    return isPossible ? { labels, value: value.value as number } : undefined;
  }
  if (!isCount(value.count) || !isNumber(value.sum) || !Array.isArray(value.buckets)) return undefined;
  const buckets: { le: number | string; count: number }[] = [];
  for (const bucket of value.buckets) {
    if (!isRecord(bucket) || !isCount(bucket.count)) return undefined;
    if (!isNumber(bucket.le) && !isText(bucket.le)) return undefined;
    buckets.push({ le: bucket.le, count: bucket.count });
  }
  return { labels, count: value.count, sum: value.sum, buckets };
}

function readCounts(value: Record<string, unknown>): Pick<MetricsRow, 'yes' | 'no' | 'variants'> | undefined {
  const { yes = 0, no = 0, variants } = value;
  if (!isSendableCount(yes) || !isSendableCount(no)) return undefined;
  const counts = new Map<string, number>();
  if (variants !== undefined && variants !== null) {
    if (!isRecord(variants)) return undefined;
    for (const [name, count] of Object.entries(variants)) {
      if (!isSendableCount(count)) return undefined;
      counts.set(sendableText(name), count);
    }
  }
  return { yes, no, variants: counts };
}

function readMetadata(body: Record<string, unknown>): SdkMetadata {
  return {
    sdkVersion: textOrNull(body.sdkVersion),
    sdkType: sendableSdkType(body.sdkType),
    yggdrasilVersion: textOrNull(body.yggdrasilVersion),
    platformName: textOrNull(body.platformName),
    platformVersion: textOrNull(body.platformVersion),
  };
}

function readVia({ appName, instanceId }: Record<string, unknown>): ConnectVia {
  return { appName: textOrNull(appName) ?? '', instanceId: textOrNull(instanceId) ?? '' };
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isNumber(value: unknown): value is number {
  return Number.isFinite(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function textOrNull(value: unknown): string | null {
  return isText(value) ? sendableText(value) : null;
}

function textsOf(value: unknown): string[] | undefined {
  return Array.isArray(value) ? value.filter(isText).map(sendableText) : undefined;
}

function wrong(message: string): { readonly ok: false; readonly message: string } {
  return { ok: false, message };
}
