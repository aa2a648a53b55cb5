import type { OpenFeatureOptions } from '../../flags/openfeature.ts';
import type { Readiness } from '../../flagsmith/api/health.ts';
import { flagsmithOfrep } from '../ofrep/flagsmith-parts.ts';
import type { ServedSystem } from '../shared/system.ts';
import type { FlagsmithParts } from './assemble-flagsmith.ts';
import { logged, trustedPeers } from './serve-flagsmith.ts';

/** Flagsmith beside other systems. */
export interface FlagsmithSystem extends ServedSystem {
  readonly readiness: () => Readiness | Promise<Readiness>;
}

/** Flagsmith's parts as one system of several. */
export function flagsmithSystem(
  parts: FlagsmithParts,
  forwardedAllowIps: string | undefined,
  openFeature: OpenFeatureOptions,
): FlagsmithSystem {
  const { service, owns, start, stop } = parts;
  return {
    handler: logged(parts, forwardedAllowIps),
    ofrep: flagsmithOfrep(parts, openFeature, trustedPeers(parts, forwardedAllowIps)),
    operator: parts.operator,
    owns,
    readiness: service.readiness,
    start,
    endStreams: service.endStreams,
    stop,
  };
}
