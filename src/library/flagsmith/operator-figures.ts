import type { HalyardFlagsmithOptions } from '../../flagsmith/config/halyard-options.ts';
import type { FlagsmithService } from '../../flagsmith/service.ts';
import type { OperatorFigure } from '../../operations/operator/types.ts';
import type { RequestCounts } from '../../operations/request-counts.ts';
import { counter, gauge, memory, pollFigures, requestFigures } from '../operator/figures.ts';

/** Counts and sizes of Flagsmith's mode, with their bounds. */
export function flagsmithOperatorFigures(
  service: Pick<FlagsmithService, 'figures'>,
  requests: RequestCounts,
  { analyticsLimitBytes, streamLimit }: Pick<HalyardFlagsmithOptions, 'analyticsLimitBytes' | 'streamLimit'>,
): OperatorFigure[] {
  const { environments, streams, waitingEvaluationBytes, droppedEvaluations } = service.figures();
  const polls = new Map<string, number>();
  for (const { polls: own } of environments) {
    for (const [outcome, count] of Object.entries(own)) polls.set(outcome, (polls.get(outcome) ?? 0) + count);
  }
  return [
    ...requestFigures(requests.totals()),
    ...pollFigures(polls),
    gauge('streams', 'open streams', streams, streamLimit),
    memory('usage', 'evaluations to report', waitingEvaluationBytes, analyticsLimitBytes),
    counter('usage', 'evaluations that found no room', droppedEvaluations),
  ];
}
