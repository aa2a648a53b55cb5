import type { Family } from '../../operations/edge-prometheus.ts';
import type { OperatorFigure } from '../../operations/operator/types.ts';
import type { RunningEdgeMetrics } from '../../unleash/edge/metrics/edge-metrics.ts';
import type { EdgeService } from '../../unleash/edge/service.ts';
import { counter, edgeRequestFigures, exchangeFigures, gauge, memory } from '../operator/figures.ts';
import type { EdgeCore } from './assemble-edge.ts';
import type { EdgeSettings } from './edge-store.ts';

/** What the figures of Edge and offline mode are read from. */
export interface EdgeOperatorFigures {
  readonly core: EdgeCore;
  readonly streams: () => number;
  readonly metrics: RunningEdgeMetrics;
  /** What offline mode has none of. */
  readonly edge?: {
    readonly service: EdgeService;
    readonly settings: EdgeSettings;
    readonly exchanges: readonly Family[];
    /** Writes to the store that failed; undefined without a store. */
    readonly failedSaves: () => number | undefined;
  };
}

/** Counts and sizes of Edge and offline mode, with their bounds. */
export function edgeOperatorFigures({ core, streams, metrics, edge }: EdgeOperatorFigures): OperatorFigure[] {
  const { requests, environments, settings } = core;
  let cachedBytes = 0;
  for (const [, { cachedBytes: own }] of environments.entries()) cachedBytes += own;
  const { heldBytes, dropped } = metrics.figures();
  return [
    ...edgeRequestFigures(requests),
    ...exchangeFigures(edge?.exchanges ?? []),
    gauge('streams', 'open streams', streams(), settings.streamLimit),
    ...(edge === undefined ? [] : tokenFigures(edge)),
    memory('usage', 'reports to send', heldBytes),
    counter('usage', 'reports that found no room', dropped),
    memory('cache', 'finished replies', cachedBytes),
    ...storeFigures(edge?.failedSaves()),
  ];
}

function tokenFigures({ service, settings }: NonNullable<EdgeOperatorFigures['edge']>): OperatorFigure[] {
  return [
    gauge('tokens', 'accepted tokens', service.cache.size, settings.tokenLimit),
    gauge('tokens', 'refused tokens', service.cache.refusedSize, settings.refusalLimit),
    gauge('tokens', 'tokens that wait for validation', service.validator.pending, settings.validationQueueLimit),
    gauge('tokens', 'tokens that are fetched with', service.refresh.refreshes.length),
  ];
}

function storeFigures(failedSaves: number | undefined): OperatorFigure[] {
  return failedSaves === undefined ? [] : [counter('store', 'writes that failed', failedSaves)];
}
