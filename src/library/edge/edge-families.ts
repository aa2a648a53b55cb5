import type { Family, ValueFamily } from '../../operations/edge-prometheus.ts';
import { ownValue } from '../../operations/metrics/own-family.ts';
import type { RunningEdgeMetrics } from '../../unleash/edge/metrics/edge-metrics.ts';
import type { EdgeService } from '../../unleash/edge/service.ts';

/** What edge mode tells about itself. */
export interface EdgeFamiliesOptions {
  readonly service: EdgeService;
  /** Writes to the store that failed. */
  readonly failedSaves: () => number;
  readonly metrics: RunningEdgeMetrics;
  /** Open streams. */
  readonly streams: () => number;
}

/** The figures of edge mode, under the names of the original where it has them (specification 22.3). */
export function edgeFamilies({ service, failedSaves, metrics, streams }: EdgeFamiliesOptions): Family[] {
  const bulk = () => metrics.figures().bulk;
  return [
    one('gauge', 'connected_streaming_clients', 'Open streams.', streams),
    one('gauge', 'metrics_send_error', 'Reports of usage that nobody answered.', () => bulk()?.unreachable ?? 0),
    one('gauge', 'metrics_interval_between_send', 'Seconds until the next one.', () =>
      Math.round((bulk()?.waitMs ?? 0) / 1000),
    ),
    {
      name: 'metrics_upstream_http_errors',
      help: 'Answers to reports of usage that were no success.',
      type: 'gauge',
      read: () => [...(bulk()?.refused ?? [])].map(([status, count]) => [{ status_code: status }, count] as const),
    },
    {
      name: 'metrics_upstream_outdated',
      help: 'Reports of usage that upstream is too old to take.',
      type: 'gauge',
      read: () => [...(bulk()?.outdated ?? [])].map(([environment, count]) => [{ environment }, count] as const),
    },
    ownValue('halyard_store_writes_failed_total', failedSaves),
    ownValue('halyard_tokens', () => service.cache.size),
    ownValue('halyard_tokens_refused', () => service.cache.refusedSize),
    ownValue('halyard_tokens_pending', () => service.validator.pending),
    ownValue('halyard_refresh_tokens', () => service.refresh.refreshes.length),
  ];
}

function one(type: ValueFamily['type'], name: string, help: string, read: () => number): Family {
  return { type, name, help, read: () => [[{}, read()]] };
}
