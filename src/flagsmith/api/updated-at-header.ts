import type { ServedEnvironment } from '../environment/served-environment.ts';
import type { FlagsmithApiOptions } from './options.ts';

/** Name of the header that tells SDKs how old their flags are, in seconds since the epoch (spec sections 8 and 11). */
export const updatedAtHeaderName = 'X-Flagsmith-Document-Updated-At';

/** Makes the headers that go with an environment's replies; undefined where there are none. */
export function updatedAtHeader({
  sendUpdatedAt,
}: Pick<FlagsmithApiOptions, 'sendUpdatedAt'>): (environment: ServedEnvironment) => Record<string, string> | undefined {
  if (!sendUpdatedAt) return () => undefined;
  return ({ updatedAtText }) => (updatedAtText === null ? undefined : { [updatedAtHeaderName]: updatedAtText });
}
