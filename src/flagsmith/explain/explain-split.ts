import { cut, mostListed, type Step, step } from '../../flags/explanation.ts';
import type { FeatureContext, Identity } from '../engine/context.ts';
import type { Outcome } from '../engine/outcome.ts';
import { percentage } from '../engine/percentage.ts';
import { percent, plain, shownJson } from './plain.ts';

/**
 * Explains which value of a multivariate state an identity gets. The choice is the engine's.
 *
 * @returns undefined for a state without variants
 */
export function explainSplit(feature: FeatureContext, identity: Identity | null, outcome: Outcome): Step | undefined {
  if (feature.variants.length === 0) return undefined;
  const ordered = [...feature.variants].sort((a, b) =>
    a.priority < b.priority ? -1 : a.priority > b.priority ? 1 : 0,
  );
  let end = 0;
  const ranges = ordered.map(({ key, value, weight }) => {
    const from = end;
    end += weight;
    return { variant: key, value: plain(value), weight, from, to: end };
  });
  const told = ranges.slice(0, mostListed);
  const facts = { ranges: told, variants: ranges.length };
  if (identity === null) {
    return step('split', 'info', `Its ${ranges.length} variants are for identities: there is none here`, facts);
  }
  const share = percentage(`${feature.key},${identity.key}`);
  const lines = told.map(({ variant, value, from, to }) => `${variant ?? shownJson(value as string)} ${from}–${to}`);
  const chosen =
    outcome.variant === 'control'
      ? 'beside all variants: control'
      : `variant ${outcome.variant ?? shownJson(outcome.value)}`;
  const more = ranges.length > told.length ? `, and ${ranges.length - told.length} more` : '';
  const text = `Variants by identity key ${shownJson(identity.key)}: at ${percent(share)}, ${chosen} (${lines.join(', ')}${more})`;
  return step('split', 'info', text, {
    ...facts,
    featureKey: feature.key,
    identityKey: cut(identity.key),
    share,
    chosen: outcome.variant,
  });
}
