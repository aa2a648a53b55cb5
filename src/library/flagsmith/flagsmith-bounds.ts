import type { HalyardFlagsmithOptions } from '../../flagsmith/config/halyard-options.ts';
import type { FlagsmithService } from '../../flagsmith/service.ts';
import type { Ofrep } from '../../ofrep/handler.ts';
import type { Bounds } from '../../operations/metrics/bounds.ts';

/** How full everything is that Flagsmith mode keeps within bounds. `ofrep`: undefined where OpenFeature is not served. */
export function flagsmithBounds(
  service: Pick<FlagsmithService, 'figures' | 'flagUsage'>,
  { analyticsLimitBytes, streamLimit }: Pick<HalyardFlagsmithOptions, 'analyticsLimitBytes' | 'streamLimit'>,
  ofrep: Pick<Ofrep, 'bounds'> | undefined,
): Bounds {
  const { streams, waitingEvaluationBytes, repeatedIdentities } = service.figures();
  return {
    streams: { used: streams, limit: streamLimit },
    identity_cache_bytes: repeatedIdentities,
    usage_bytes: { used: waitingEvaluationBytes, limit: analyticsLimitBytes },
    usage_flags: service.flagUsage.flags,
    usage_variants: service.flagUsage.variants,
    ...ofrep?.bounds(),
  };
}
