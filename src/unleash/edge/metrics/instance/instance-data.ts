import { isRecord } from '../../../definitions/is-record.ts';
import type { EdgeIdentity } from '../../types.ts';
import type { Latency } from './latency.ts';
import type { RequestCounts, RequestWindow } from './request-counts.ts';

/** Facts about this process that do not change. */
export interface InstanceFacts {
  readonly identity: EdgeIdentity;
  /** `hosted` or `self-hosted`. */
  readonly hosting: string;
  readonly region: string | null;
}

/** What is read when instance data is made. */
export interface InstanceState {
  readonly window: RequestWindow;
  readonly counts: RequestCounts;
  readonly upstream: Readonly<Record<'features' | 'metrics' | 'edge', Latency>>;
  readonly streams: number;
  readonly connected: readonly unknown[];
  readonly cpuSeconds: number;
  readonly residentBytes: number;
}

const meteredGroup = 'default';

/**
 * What this process tells about itself.
 *
 * Source: Unleash Edge specification 18.6.
 */
export function instanceData({ identity, hosting, region }: InstanceFacts, state: InstanceState): object {
  const { window, upstream } = state;
  return {
    identifier: identity.instanceId,
    appName: identity.appName,
    hosting,
    region,
    edgeVersion: identity.edgeVersion,
    processMetrics: { cpuUsage: state.cpuSeconds, memoryUsage: state.residentBytes },
    started: new Date(identity.startedAtMs).toISOString(),
    traffic: state.counts.traffic(),
    latencyUpstream: {
      features: upstream.features.summary(),
      metrics: upstream.metrics.summary(),
      edge: upstream.edge.summary(),
    },
    requestsSinceLastReport: Object.fromEntries(window.byPath),
    connectedStreamingClients: state.streams,
    connectedEdges: state.connected,
    connectionConsumptionSinceLastReport: {
      features: dataPoints(window.features),
      metrics: dataPoints(window.metrics),
    },
    requestConsumptionSinceLastReport: [{ meteredGroup, requests: window.frontend }],
  };
}

function dataPoints(counts: ReadonlyMap<string, number>): object[] {
  if (counts.size === 0) return [];
  const points = Array.from(counts, ([bucket, requests]) => ({ interval: bucket.split('-').map(Number), requests }));
  return [{ meteredGroup, dataPoints: points }];
}

/**
 * Reads instance data of a downstream Edge. Both spellings of the metered group are understood, and one is passed on:
 * version 19 expects another one than it sends (specification 27, 13).
 *
 * @returns undefined for what is none
 */
export function readInstanceData(body: unknown): Readonly<Record<string, unknown>> | undefined {
  if (!isRecord(body) || typeof body.identifier !== 'string' || typeof body.appName !== 'string') return undefined;
  const consumption = body.connectionConsumptionSinceLastReport;
  const read: Record<string, unknown> = { ...body };
  if (isRecord(consumption)) {
    read.connectionConsumptionSinceLastReport = {
      ...consumption,
      features: renamed(consumption.features),
      metrics: renamed(consumption.metrics),
    };
  }
  read.requestConsumptionSinceLastReport = renamed(body.requestConsumptionSinceLastReport);
  if (Array.isArray(body.connectedEdges)) {
    read.connectedEdges = body.connectedEdges.map(readInstanceData).filter((edge) => edge !== undefined);
  }
  return read;
}

function renamed(groups: unknown): unknown[] {
  if (!Array.isArray(groups)) return [];
  return groups.filter(isRecord).map(({ metered_group: old, ...group }) => ({
    meteredGroup: group.meteredGroup ?? old ?? meteredGroup,
    ...group,
  }));
}
