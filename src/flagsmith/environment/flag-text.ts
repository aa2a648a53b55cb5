import type { Outcome, RenderedOutcome } from '../engine/outcome.ts';
import { encodeJson } from '../json/encode.ts';
import type { Integer } from '../json/value.ts';

/** The two kinds of environment keys; what they may see differs. */
export type KeyKind = 'server' | 'client';

/** What decides how a flag is written and who sees it. */
export interface FlagTextOptions {
  readonly featureTypes: ReadonlyMap<Integer, string>;
  readonly serverKeyOnlyFeatureIds: ReadonlySet<Integer>;
  /** Hide flags whose evaluated state is off, per kind of key. */
  readonly hideDisabled: Readonly<Record<KeyKind, boolean>>;
  /** Also write `variant` and `reason`, as newer core APIs do. */
  readonly details: boolean;
}

/** Writes an outcome, or finds what was written. */
export type FlagText = (outcome: Outcome) => RenderedOutcome;

/**
 * Makes the function that writes outcomes (spec section 2.5): each is written once, on first use, and kept with the
 * outcome. The texts begin with a comma, so that a list is their concatenation.
 */
export function createFlagText(options: FlagTextOptions): FlagText {
  const render = (outcome: Outcome): RenderedOutcome => {
    const { id, name, enabled } = outcome.feature;
    const type = JSON.stringify((id === null ? undefined : options.featureTypes.get(id)) ?? 'STANDARD');
    const feature = `{"id":${id},"name":${JSON.stringify(name)},"type":${type}}`;
    const details = options.details
      ? `,"variant":${JSON.stringify(outcome.variant)},"reason":${JSON.stringify(outcome.reason)}`
      : '';
    const text = `,{"feature":${feature},"enabled":${enabled},"feature_state_value":${encodeJson(outcome.value)}${details}}`;
    const serverOnly = id !== null && options.serverKeyOnlyFeatureIds.has(id);
    const { hideDisabled } = options;
    return {
      server: hideDisabled.server && !enabled ? '' : text,
      client: serverOnly || (hideDisabled.client && !enabled) ? '' : text,
    };
  };
  return (outcome) => {
    outcome.rendered ??= render(outcome);
    return outcome.rendered;
  };
}
