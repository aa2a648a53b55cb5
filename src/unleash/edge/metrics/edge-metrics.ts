import type { Filled } from '../../../flags/filled.ts';
import type { Logger } from '../../../flags/logger.ts';
import type { Timers } from '../../../flags/timers.ts';
import { isRecord } from '../../definitions/is-record.ts';
import type { Accepted, EdgeIdentity, EdgeMetrics, EdgeUpstreamAccess, Reporter } from '../types.ts';
import { ApplicationStore } from './applications.ts';
import { ImpactStore } from './impact.ts';
import { ConnectedInstances } from './instance/connected.ts';
import { instanceData, readInstanceData } from './instance/instance-data.ts';
import { InstanceSender } from './instance/instance-sender.ts';
import { Latency } from './instance/latency.ts';
import { RequestCounts, type RequestTally, type RequestWindow } from './instance/request-counts.ts';
import { defaultMetricsLimits, MemoryBudget, type MetricsLimits } from './limits.ts';
import { environmentOf, readApplication, readClientMetrics, readImpactMetrics, readRow } from './read-reports.ts';
import { RowStore, rowJson, timestampText } from './rows.ts';
import { type BulkFigures, BulkSender } from './sender.ts';
import type { MetricsRow } from './types.ts';

/** What metrics need. */
export interface EdgeMetricsOptions {
  /** Undefined in offline mode: reports are taken, and kept within the bounds, but go nowhere. */
  readonly access: EdgeUpstreamAccess | undefined;
  readonly identity: EdgeIdentity;
  /** Base interval of sending. */
  readonly intervalMs: number;
  /** `hosted` or `self-hosted`; where it runs, or null. */
  readonly hosting: string;
  readonly region: string | null;
  /** Open streams, asked when instance data is made. */
  readonly connectedStreams: () => number;
  /** CPU time and resident memory of this process. */
  readonly processUsage: () => { readonly cpuSeconds: number; readonly residentBytes: number };
  /** False: another process reports about this one, from what it takes by {@link RunningEdgeMetrics.takeRequests}. */
  readonly reportsInstance?: boolean | undefined;
  readonly timers: Timers;
  readonly random: () => number;
  readonly logger: Logger;
  readonly limits?: MetricsLimits | undefined;
  /** False where nothing will ever be sent nor looked at: reports are counted for Prometheus and let go. */
  readonly keeps?: boolean | undefined;
  /** Told about every row that an SDK reports, for Prometheus. */
  readonly onUsage?: ((row: MetricsRow) => void) | undefined;
}

/** What operators look at, and how others add to it. */
export interface EdgeMetricsFigures {
  readonly bulk: BulkFigures | undefined;
  /** Things waiting to be sent, and their memory, estimated in bytes. */
  readonly rows: number;
  readonly applications: number;
  readonly heldBytes: number;
  /** Most that they may take. */
  readonly limitBytes: number;
  /** Downstream Edges to report about. */
  readonly connected: Filled;
  /** Things that found no room, since the start. */
  readonly dropped: number;
  readonly instanceReports: number;
}

/** Metrics with what this process itself adds. */
export interface RunningEdgeMetrics extends EdgeMetrics {
  countRequest(
    path: string,
    method: string,
    status: number,
    intervalHeader: string | undefined,
    durationMs?: number,
  ): void;
  /** What counts further requests of one kind, without a duration. */
  requestTally(path: string, method: string, status: number, intervalHeader: string | undefined): RequestTally;
  /** Takes counts of evaluations that were made here and not by an SDK. */
  addEvaluations(row: MetricsRow): void;
  /** Adds the duration of an upstream fetch of definitions. */
  observeFetch(durationMs: number): void;
  figures(): EdgeMetricsFigures;
  /** Takes the requests that were counted since the last time, for the process that reports about this one. */
  takeRequests(): RequestWindow;
  /** Adds what another process counted. */
  addRequests(window: RequestWindow): void;
}

const frontendIntervalMs = 15_000;
const taken: Accepted = { ok: true };

/**
 * Everything of section 18: reports are taken, merged and sent on, and this process tells about itself.
 */
export function createEdgeMetrics(options: EdgeMetricsOptions): RunningEdgeMetrics {
  const { access, identity, timers, logger, keeps = true } = options;
  const limits = options.limits ?? defaultMetricsLimits;
  const budget = new MemoryBudget(limits.bytes);
  const rows = new RowStore(budget);
  const applications = new ApplicationStore(budget);
  const impact = new ImpactStore(budget);
  const counts = new RequestCounts(limits.requestKeys);
  const connected = new ConnectedInstances(limits.connectedEdges, budget);
  const upstream = { features: new Latency(), metrics: new Latency(), edge: new Latency() };
  const via = { appName: identity.appName, instanceId: identity.instanceId };

  const report = (window: RequestWindow) =>
    instanceData(options, {
      window,
      counts,
      upstream,
      streams: options.connectedStreams(),
      connected: connected.list(),
      ...options.processUsage(),
    });
  const stores = { rows, applications, impact, budget };
  const { intervalMs, random } = options;
  const onExchange = (durationMs: number) => upstream.metrics.add(durationMs);
  const bulk = access && new BulkSender({ access, ...stores, intervalMs, timers, random, logger, onExchange });
  const instances =
    access &&
    options.reportsInstance !== false &&
    new InstanceSender({ access, counts, connected, latency: upstream.edge, report, timers, logger });

  const registerFrontend = (appName: string, instanceId: string | null, reporter: Reporter) => {
    const sdkVersion = reporter.header('unleash-sdk');
    if (sdkVersion === undefined) return;
    const started = timestampText(timers.now());
    const body = { appName, instanceId, interval: frontendIntervalMs, started, strategies: [], sdkVersion };
    acceptApplication(body, reporter);
  };

  const acceptApplication = (body: unknown, { token, headerToken }: Reporter): Accepted => {
    const { environment } = token;
    const read = readApplication(body, via, { environment, projects: headerToken.projects, sdkType: 'backend' });
    if (!read.ok) return read;
    if (keeps) applications.add(read.value);
    return taken;
  };

  return {
    acceptMetrics(body, reporter, registersApplication) {
      const environment = environmentOf(reporter.token);
      const read = readClientMetrics(body, environment);
      if (!read.ok) return read;
      const { appName, instanceId } = read.value;
      for (const row of read.value.rows) {
        if (keeps) rows.add(row);
        options.onUsage?.(row);
      }
      if (!keeps) return taken;
      for (const metric of read.value.impact) impact.add({ appName, environment, metric });
      if (registersApplication) registerFrontend(appName, instanceId, reporter);
      return taken;
    },
    acceptApplication,
    acceptBulk(body, { token }) {
      if (!isRecord(body)) return { ok: false, message: 'the body is no object' };
      if (!keeps) return taken;
      const environment = environmentOf(token);
      for (const item of listOf(body.applications)) {
        const own = isRecord(item) && typeof item.environment === 'string' ? item.environment : token.environment;
        const read = readApplication(item, via, { environment: own });
        if (read.ok) applications.add(read.value);
        else budget.dropped++;
      }
      for (const item of listOf(body.metrics)) {
        const row = readRow(item);
        if (row === undefined) budget.dropped++;
        else if (row.environment === environment) rows.add(row);
      }
      // The original ignores these; a chain of Edges would lose them.
      for (const metric of readImpactMetrics(body.impactMetrics)) impact.add({ appName: '', environment, metric });
      return taken;
    },
    acceptInstanceData(body) {
      const data = readInstanceData(body);
      if (data === undefined) return { ok: false, message: 'missing field `identifier` or `appName`' };
      if (access?.startupToken() !== undefined) connected.add(data);
      return taken;
    },
    batch: () => ({ applications: applications.list().map(({ json }) => json), metrics: rows.list().map(keyed) }),
    instances: () => ({ this_instance: report(counts.window), connected_instances: connected.list() }),
    countRequest: (path, method, status, intervalHeader, durationMs = 0) =>
      counts.count(path, method, status, intervalHeader, durationMs),
    requestTally: (path, method, status, intervalHeader) => counts.tally(path, method, status, intervalHeader),
    addEvaluations(row) {
      rows.add(row);
      options.onUsage?.(row);
    },
    observeFetch: (durationMs) => upstream.features.add(durationMs),
    takeRequests: () => counts.takeWindow(),
    addRequests: (window) => counts.putBack(window),
    figures: () => ({
      bulk: bulk?.figures,
      rows: rows.size,
      applications: applications.size,
      heldBytes: budget.bytes,
      limitBytes: limits.bytes,
      connected: { used: connected.size, limit: limits.connectedEdges },
      dropped: budget.dropped,
      instanceReports: (instances || undefined)?.delivered ?? 0,
    }),
    start() {
      bulk?.start();
      if (instances) instances.start();
    },
    async stop(deadlineMs) {
      await Promise.all([bulk?.stop(deadlineMs), instances ? instances.stop(deadlineMs) : undefined]);
    },
  };
}

/** A row as backstage shows it: the key in snake case, the counts in camel case, as the original does. */
function keyed(row: MetricsRow): object {
  const { appName, featureName, environment, timestampMs } = row;
  const timestamp = timestampText(timestampMs);
  return { key: { app_name: appName, feature_name: featureName, environment, timestamp }, bucket: rowJson(row) };
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
