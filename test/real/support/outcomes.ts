/** Brings the answers of the API, the SDKs and the page, and the plan, to one form that can be compared. */
import type { FlagPlan, Outcome } from './plan.ts';
import type { SdkToggle, SdkVariant } from './sdks.ts';

export type Outcomes = Readonly<Record<string, Outcome>>;

/** What the plan says for a person, enabled flags only, as a list of toggles has it. */
export function planned(plans: readonly FlagPlan[], person: 'insider' | 'outsider'): Outcomes {
  return Object.fromEntries(plans.map((plan) => [plan.name, plan[person]]).filter(([, outcome]) => outcome !== 'off'));
}

/** The answered toggles that the plan knows; flags that only single tests change are left out. */
export function answered(plans: readonly FlagPlan[], toggles: readonly SdkToggle[]): Outcomes {
  const names = new Set(plans.map((plan) => plan.name));
  const known = toggles.filter((toggle) => names.has(toggle.name));
  return Object.fromEntries(known.map((toggle) => [toggle.name, outcomeOf(toggle.enabled, toggle.variant)]));
}

/** Throws when the flag's state and its variant's idea of that state differ. */
export function outcomeOf(enabled: boolean, variant: SdkVariant): Outcome {
  const said = variant.feature_enabled ?? variant.featureEnabled;
  if (said !== undefined && said !== enabled)
    throw new Error(`${JSON.stringify(variant)} of a flag that is ${enabled}`);
  if (!enabled) return 'off';
  if (!variant.enabled) return 'on';
  return { variant: variant.name, ...(variant.payload ? { payload: variant.payload } : {}) };
}
