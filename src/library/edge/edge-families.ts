import type { Family, ValueFamily } from '../../operations/edge-prometheus.ts';
import type { RunningEdgeMetrics } from '../../unleash/edge/metrics/edge-metrics.ts';
import type { EdgeService } from '../../unleash/edge/service.ts';

/** What edge mode tells about itself. */
export interface EdgeFamiliesOptions {
  readonly service: EdgeService;
  /** Exchanges for definitions that brought nothing usable, whatever upstream's status was. */
  readonly failedFetches: () => number;
  readonly metrics: RunningEdgeMetrics;
  /** Open streams. */
  readonly streams: () => number;
}

/** The figures of edge mode, under the names of the original where it has them (specification 22.3). */
export function edgeFamilies({ service, failedFetches, metrics, streams }: EdgeFamiliesOptions): Family[] {
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
    one('counter', 'halyard_fetches_failed_total', 'Exchanges for definitions that brought nothing.', failedFetches),
    one('counter', 'halyard_metrics_dropped_total', 'Reports that found no room.', () => metrics.figures().dropped),
    one('gauge', 'halyard_metrics_held_bytes', 'Memory of what waits to be sent.', () => metrics.figures().heldBytes),
    one('gauge', 'halyard_tokens', 'Accepted tokens held.', () => service.cache.size),
    one('gauge', 'halyard_tokens_refused', 'Refused tokens remembered.', () => service.cache.refusedSize),
    one('gauge', 'halyard_tokens_pending', 'Tokens that wait for validation.', () => service.validator.pending),
    one('gauge', 'halyard_refresh_tokens', 'Tokens that are fetched with.', () => service.refresh.refreshes.length),
  ];
}

function one(type: ValueFamily['type'], name: string, help: string, read: () => number): Family {
  return { type, name, help, read: () => [[{}, read()]] };
}
