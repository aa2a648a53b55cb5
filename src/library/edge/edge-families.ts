import type { Family } from '../../operations/edge-prometheus.ts';
import type { RunningEdgeMetrics } from '../../unleash/edge/metrics/edge-metrics.ts';
import type { EdgeService } from '../../unleash/edge/service.ts';

/** What edge mode tells about itself. */
export interface EdgeFamiliesOptions {
  readonly service: EdgeService;
  readonly counts: Readonly<Record<'fetch-failed' | 'validation-failed' | 'register-failed', number>>;
  readonly metrics: RunningEdgeMetrics;
  /** Open streams. */
  readonly streams: () => number;
}

/** The figures of edge mode, under the names of the original where it has them (specification 22.3). */
export function edgeFamilies({ service, counts, metrics, streams }: EdgeFamiliesOptions): Family[] {
  const bulk = () => metrics.figures().bulk;
  return [
    one('counter', 'client_feature_fetch_failures', 'Fetches of features that failed.', () => counts['fetch-failed']),
    one(
      'counter',
      'token_validation_failures',
      'Questions about tokens that failed.',
      () => counts['validation-failed'],
    ),
    one('counter', 'client_register_failures', 'Registrations upstream that failed.', () => counts['register-failed']),
    one('gauge', 'connected_streaming_clients', 'Open streams.', streams),
    one('counter', 'client_metrics_upload', 'Reports of usage that upstream took.', () => bulk()?.delivered ?? 0),
    one('counter', 'instance_data_upload', 'Reports of instance data.', () => metrics.figures().instanceReports),
    one('counter', 'metrics_send_error', 'Reports of usage that nobody answered.', () => bulk()?.unreachable ?? 0),
    one('gauge', 'metrics_size_in_bytes', 'Size of the last report of usage.', () => bulk()?.lastBytes ?? 0),
    one('gauge', 'metrics_interval_between_send', 'Milliseconds until the next one.', () => bulk()?.waitMs ?? 0),
    {
      name: 'metrics_upstream_http_errors',
      help: 'Answers to reports of usage that were no success.',
      type: 'counter',
      read: () => [...(bulk()?.refused ?? [])].map(([status, count]) => [{ status_code: status }, count] as const),
    },
    one('counter', 'halyard_metrics_dropped_total', 'Reports that found no room.', () => metrics.figures().dropped),
    one('gauge', 'halyard_metrics_held_bytes', 'Memory of what waits to be sent.', () => metrics.figures().heldBytes),
    one('gauge', 'halyard_tokens', 'Accepted tokens held.', () => service.cache.size),
    one('gauge', 'halyard_tokens_refused', 'Refused tokens remembered.', () => service.cache.refusedSize),
    one('gauge', 'halyard_tokens_pending', 'Tokens that wait for validation.', () => service.validator.pending),
    one('gauge', 'halyard_refresh_tokens', 'Tokens that are fetched with.', () => service.refresh.refreshes.length),
  ];
}

function one(type: Family['type'], name: string, help: string, read: () => number): Family {
  return { type, name, help, read: () => [[{}, read()]] };
}
