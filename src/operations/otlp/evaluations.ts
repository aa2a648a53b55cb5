import type { Answer, EvaluationListener, FlagView } from '../../ofrep/types.ts';
import { activeNote } from './active-trace.ts';

/**
 * Tells the span of a request which flag it asked for, in the words of OpenTelemetry's conventions for feature flags:
 * key, set, version, variant and reason. The key is that of a flag that exists. Neither its value nor anything of the
 * context is told. Of requests for all flags only their number is told.
 */
export const spanEvaluations: EvaluationListener = {
  single(view: FlagView, position: number, { reason, variant }: Answer) {
    activeNote()?.({
      'feature_flag.key': view.keys[position] ?? '',
      'feature_flag.provider.name': 'halyard',
      'feature_flag.set.id': view.flagSetId,
      'feature_flag.version': view.version,
      'feature_flag.result.variant': variant,
      'feature_flag.result.reason': reason.toLowerCase(),
    });
  },
  bulk(view: FlagView) {
    activeNote()?.({
      'feature_flag.provider.name': 'halyard',
      'feature_flag.set.id': view.flagSetId,
      'feature_flag.version': view.version,
      'halyard.evaluations': view.keys.length,
    });
  },
};
