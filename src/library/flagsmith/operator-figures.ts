import type { FlagsmithService } from '../../flagsmith/service.ts';
import { type Bounds, boundFigures } from '../../operations/metrics/bounds.ts';
import type { OperatorFigure } from '../../operations/operator/types.ts';
import type { RequestCounts } from '../../operations/request-counts.ts';
import { counter, fleetFigures, pollFigures, requestFigures } from '../operator/figures.ts';

/** Counts and sizes of Flagsmith's mode, with their bounds. */
export function flagsmithOperatorFigures(
  service: Pick<FlagsmithService, 'figures'>,
  requests: RequestCounts,
  bounds: Bounds,
): OperatorFigure[] {
  const { environments, droppedEvaluations } = service.figures();
  const polls = new Map<string, number>();
  for (const { polls: own } of environments) {
    for (const [outcome, count] of Object.entries(own)) polls.set(outcome, (polls.get(outcome) ?? 0) + count);
  }
  return [
    ...requestFigures(requests.totals()),
    ...pollFigures(polls),
    ...boundFigures(bounds),
    counter('usage', 'evaluations that found no room', droppedEvaluations),
    ...fleetFigures('flagsmith'),
  ];
}
