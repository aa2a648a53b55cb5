import type { Readiness } from '../../flagsmith/api/health.ts';
import type { ServedSystem } from '../shared/system.ts';
import type { FlagsmithParts } from './assemble-flagsmith.ts';
import { logged } from './serve-flagsmith.ts';

/** Flagsmith beside other systems. */
export interface FlagsmithSystem extends ServedSystem {
  readonly readiness: () => Readiness;
}

/** Flagsmith's parts as one system of several. */
export function flagsmithSystem(parts: FlagsmithParts, forwardedAllowIps: string | undefined): FlagsmithSystem {
  const { service, owns, start, stop } = parts;
  return {
    handler: logged(parts, forwardedAllowIps),
    owns,
    readiness: service.readiness,
    start,
    endStreams: service.endStreams,
    stop,
  };
}
