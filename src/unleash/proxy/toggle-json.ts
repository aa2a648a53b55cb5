import type { CompiledFlag } from '../engine/flag.ts';
import { firstVariant, type Outcome, type OutcomeVariant, off } from '../engine/outcome.ts';

/**
 * How the API writes one toggle. Member order and the members that are missing in some lists are part of the contract:
 * entity tags are compared byte by byte across a mixed fleet.
 *
 * Source: Unleash Proxy specification 3.1.
 */

const disabledOn = { name: 'disabled', enabled: false, feature_enabled: true, featureEnabled: true };
const disabledOff = { name: 'disabled', enabled: false, feature_enabled: false };
const disabledOffNamed = { ...disabledOff, featureEnabled: false };

/** A toggle in the lists without names. */
export function listedToggle(flag: CompiledFlag, outcome: Outcome): string {
  return toggle(flag.name, outcome !== off, variant(flag, outcome, disabledOff), flag.impressionData);
}

/** A toggle that was asked for by name. */
export function namedToggle(flag: CompiledFlag, outcome: Outcome): string {
  return toggle(flag.name, outcome !== off, variant(flag, outcome, disabledOffNamed), flag.impressionData ?? false);
}

/** A toggle that was asked for by name and does not exist. */
export function unknownToggle(name: string): string {
  return toggle(name, false, disabledOffNamed, false);
}

function toggle(name: string, enabled: boolean, variantJson: object, impressionData: unknown): string {
  return JSON.stringify({ name, enabled, variant: variantJson, impressionData });
}

function variant(flag: CompiledFlag, outcome: Outcome, whenOff: object): object {
  if (outcome === off) return whenOff;
  const picked = flag.variants[outcome - firstVariant];
  return picked === undefined ? disabledOn : pickedVariant(picked);
}

function pickedVariant({ name, payload, fromStrategy }: OutcomeVariant): object {
  return fromStrategy
    ? { name, enabled: true, payload, feature_enabled: true, featureEnabled: true }
    : { name, payload, enabled: true, feature_enabled: true, featureEnabled: true };
}
