import type { Steps } from '../../flags/steps.ts';
import type { Outcome, RenderedOutcome } from '../engine/outcome.ts';
import { encodeJson, encodeTextInSteps, longTextLength } from '../json/encode.ts';
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

/** Writes an outcome, or finds what was written. `valueText` is the JSON text of its value, where that is known. */
export type FlagText = (outcome: Outcome, valueText?: string) => RenderedOutcome;

const nothing = new Uint8Array();

/** Writes an outcome in steps where its value is a long text. */
export function* writeLong(outcome: Outcome, write: FlagText): Steps<void> {
  const { value, rendered } = outcome;
  if (rendered !== null || typeof value !== 'string' || value.length <= longTextLength) return;
  write(outcome, yield* encodeTextInSteps(value));
}

/**
 * Makes the function that writes outcomes (spec section 2.5): each is written once, on first use, and kept with the
 * outcome. Each begins with a comma, so that a list is their concatenation.
 */
export function createFlagText(options: FlagTextOptions): FlagText {
  const render = (outcome: Outcome, valueText = encodeJson(outcome.value)): RenderedOutcome => {
    const { id, name, enabled } = outcome.feature;
    const type = JSON.stringify((id === null ? undefined : options.featureTypes.get(id)) ?? 'STANDARD');
    const feature = `{"id":${id},"name":${JSON.stringify(name)},"type":${type}}`;
    const details = options.details
      ? `,"variant":${JSON.stringify(outcome.variant)},"reason":${JSON.stringify(outcome.reason)}`
      : '';
    const bytes = Buffer.from(
      `,{"feature":${feature},"enabled":${enabled},"feature_state_value":${valueText}${details}}`,
    );
    const serverOnly = id !== null && options.serverKeyOnlyFeatureIds.has(id);
    const { hideDisabled } = options;
    return {
      server: hideDisabled.server && !enabled ? nothing : bytes,
      client: serverOnly || (hideDisabled.client && !enabled) ? nothing : bytes,
    };
  };
  return (outcome, valueText) => {
    outcome.rendered ??= render(outcome, valueText);
    return outcome.rendered;
  };
}
