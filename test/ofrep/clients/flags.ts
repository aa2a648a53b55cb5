/** The same flags as documents of Unleash and of Flagsmith: each type, on, off and targeted. */
import { flag, set, variant } from '../harness.ts';

const forPro = { contextName: 'plan', operator: 'IN', values: ['pro'] };
const always = (...variants: object[]) => ({ variants });

/** A flag whose single variant carries a payload. */
const payload = (name: string, type: string, value: string, members: object = {}) =>
  flag(name, { ...always(variant('v1', type, value)), ...members });

/** Definitions of Unleash, with one flag as wanted. */
export const unleashDocumentWith = (plain: { readonly enabled: boolean }) =>
  set(
    flag('plain', plain),
    flag('off', { enabled: false }),
    flag('for-pro', { strategies: [{ name: 'default', constraints: [forPro] }] }),
    flag('team/flag'),
    payload('text', 'string', 'Buy now'),
    payload('empty', 'string', ''),
    payload('whole', 'number', '3'),
    payload('zero', 'number', '0'),
    payload('broken', 'number', '2.5'),
    payload('data', 'json', '{"max":3,"list":[1,"two"]}'),
    payload('text-off', 'string', 'never', { enabled: false }),
    payload('bad', 'json', '{'),
  );

export const unleashDocument = unleashDocumentWith({ enabled: true });

interface State {
  readonly name: string;
  readonly enabled?: boolean;
  readonly value?: unknown;
}

const states: readonly State[] = [
  { name: 'plain' },
  { name: 'off', enabled: false },
  { name: 'for-pro', enabled: false },
  { name: 'team/flag' },
  { name: 'text', value: 'Buy now' },
  { name: 'empty', value: '' },
  { name: 'whole', value: 3 },
  { name: 'zero', value: 0 },
  { name: 'broken', value: '2.5' },
  { name: 'data', value: '{"max":3,"list":[1,"two"]}' },
  { name: 'text-off', value: 'never', enabled: false },
  { name: 'bad', value: '{' },
];

const stateOf = ({ name, enabled = true, value = null }: State, id: number) => ({
  feature: { id, name, type: 'STANDARD' },
  enabled,
  django_id: 800 + id,
  feature_segment: null,
  featurestate_uuid: `00000000-0000-4000-8000-${String(id).padStart(12, '0')}`,
  feature_state_value: value,
  multivariate_feature_state_values: [],
});

/** The number that a feature of the document below has. */
export const featureIdOf = (name: string): number => states.findIndex((state) => state.name === name) + 1;

const proId = featureIdOf('for-pro');
const isPro = { operator: 'EQUAL', value: 'pro', property_: 'plan' };

/** The environment document of Flagsmith. */
export const flagsmithDocument = {
  id: 1,
  api_key: 'client-side-key',
  name: 'Production',
  allow_client_traits: true,
  updated_at: '2026-01-01T00:00:00.000000+00:00',
  hide_sensitive_data: false,
  hide_disabled_flags: null,
  use_identity_composite_key_for_hashing: true,
  use_identity_overrides_in_local_eval: true,
  project: {
    id: 1,
    name: 'Shop',
    hide_disabled_flags: false,
    enable_realtime_updates: false,
    server_key_only_feature_ids: [],
    organisation: {
      id: 1,
      name: 'Shop',
      feature_analytics: false,
      stop_serving_flags: false,
      persist_trait_data: true,
    },
    segments: [
      {
        id: 11,
        name: 'pro',
        rules: [{ type: 'ALL', rules: [{ type: 'ANY', rules: [], conditions: [isPro] }], conditions: [] }],
        feature_states: [{ ...stateOf({ name: 'for-pro' }, proId), django_id: 901, feature_segment: { priority: 1 } }],
      },
    ],
  },
  feature_states: states.map((state, index) => stateOf(state, index + 1)),
  identity_overrides: [],
};
