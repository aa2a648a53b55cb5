import type { Family } from '../../operations/edge-prometheus.ts';
import { type Bounds, boundFigures } from '../../operations/metrics/bounds.ts';
import type { OperatorFigure } from '../../operations/operator/types.ts';
import type { RunningEdgeMetrics } from '../../unleash/edge/metrics/edge-metrics.ts';
import type { EdgeService } from '../../unleash/edge/service.ts';
import { counter, edgeRequestFigures, exchangeFigures, fleetFigures, gauge } from '../operator/figures.ts';
import type { EdgeCore } from './assemble-edge.ts';

/** What the figures of Edge and offline mode are read from. */
export interface EdgeOperatorFigures {
  readonly core: EdgeCore;
  readonly bounds: Bounds;
  readonly metrics: RunningEdgeMetrics;
  /** What offline mode has none of. */
  readonly edge?: {
    readonly service: EdgeService;
    readonly exchanges: readonly Family[];
    /** Writes to the store that failed; undefined without a store. */
    readonly failedSaves: () => number | undefined;
  };
}

/** Counts and sizes of Edge and offline mode, with their bounds. */
export function edgeOperatorFigures({ core, bounds, metrics, edge }: EdgeOperatorFigures): OperatorFigure[] {
  const { dropped } = metrics.figures();
  return [
    ...edgeRequestFigures(core.requests),
    ...exchangeFigures(edge?.exchanges ?? []),
    ...boundFigures(bounds),
    ...(edge === undefined
      ? []
      : [gauge('tokens', 'tokens that are fetched with', edge.service.refresh.refreshes.length)]),
    counter('usage', 'reports that found no room', dropped),
    ...storeFigures(edge?.failedSaves()),
    ...fleetFigures('edge'),
  ];
}

function storeFigures(failedSaves: number | undefined): OperatorFigure[] {
  return failedSaves === undefined ? [] : [counter('store', 'writes that failed', failedSaves)];
}
