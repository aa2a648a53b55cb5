import { expect, test } from 'vitest';
import { finish } from '../../flags/steps.ts';
import { loadEnvironment } from '../../flagsmith/environment/served-environment.ts';
import { diffDefinitions } from '../../operations/operator/diff-definitions.ts';
import { flagsmithFlags } from './flagsmith-flag.ts';

const stateOf = (value: unknown, more: object = {}) => ({
  feature: { id: 1, name: 'banner', type: 'STANDARD' },
  enabled: true,
  feature_state_value: value,
  django_id: 1,
  ...more,
});
const rules = [{ type: 'ALL', rules: [], conditions: [{ property_: 'plan', operator: 'EQUAL', value: 'pro' }] }];

interface Parts {
  readonly own?: object;
  readonly pros?: object;
  readonly identities?: readonly (readonly [identifier: string, state: object])[];
}

function flagOf({ own = stateOf('all'), pros, identities = [] }: Parts) {
  const { environment } = finish(
    loadEnvironment(
      [
        JSON.stringify({
          api_key: 'client',
          name: 'Production',
          project: {
            hide_disabled_flags: false,
            segments: pros === undefined ? [] : [{ id: 1, name: 'pros', rules, feature_states: [pros] }],
          },
          feature_states: [own],
          identity_overrides: identities.map(([identifier, state]) => ({ identifier, identity_features: [state] })),
        }),
      ],
      { mode: 'proxy', details: false },
    ),
  );
  const [flag] = flagsmithFlags(environment!.compiled);
  return flag!;
}

/** What the change feed tells of two versions. */
function told(before: Parts, after: Parts): readonly string[] {
  const { fields } = diffDefinitions(flagOf(before).fingerprint(), flagOf(after).fingerprint());
  return fields.map(({ path, before: was, after: is }) => `${path}: ${was ?? 'nothing'} → ${is ?? 'nothing'}`);
}

test('what is different is named: the own state, and overrides of segments and identities', () => {
  expect(told({}, { own: stateOf('some', { enabled: false }) })).toEqual([
    'enabled: true → false',
    'value: "all" → "some"',
  ]);
  expect(told({ own: stateOf({ a: 1 }) }, { own: stateOf({ a: 2 }) })).toEqual(['value.a: 1 → 2']);
  const pros = stateOf('for pros', { feature_segment: { priority: 2 } });
  expect(told({}, { pros })).toEqual(['segments: nothing → {"pros":{"enabled":true,"value":"for pros","priority":2}}']);
  expect(told({ pros }, { pros: { ...pros, feature_state_value: 'x', feature_segment: { priority: 1 } } })).toEqual([
    'segments.pros.value: "for pros" → "x"',
    'segments.pros.priority: 2 → 1',
  ]);
  expect(told({ identities: [['ann', stateOf('a')]] }, { identities: [['ann', stateOf('b')]] })).toEqual([
    'identities.ann.value: "a" → "b"',
  ]);
  const shares = (percent: number) => ({
    own: stateOf('all', {
      multivariate_feature_state_values: [
        { id: 1, percentage_allocation: percent, multivariate_feature_option: { value: 'v', key: 'k' } },
      ],
    }),
  });
  expect(told(shares(10), shares(20))).toEqual(['variants[0].percentage: "10" → "20"']);
});

test('the order of identities is no difference, and many are counted', () => {
  const some = ['ann', 'bob'].map((name) => [name, stateOf(name)] as const);
  expect(flagOf({ identities: some }).fingerprint()).toBe(flagOf({ identities: [...some].reverse() }).fingerprint());
  const many = Array.from({ length: 1_500 }, (_, i) => [`u${i}`, stateOf(i)] as const);
  const text = flagOf({ identities: many }).fingerprint();
  expect(JSON.parse(text).identityCount).toBe(1_500);
  expect(Object.keys(JSON.parse(text).identities)).toHaveLength(1_000);
});

test('a flag that nothing replaces is the same for everybody', () => {
  expect([flagOf({}).state, flagOf({ own: stateOf(1, { enabled: false }) }).state]).toEqual(['on', 'off']);
  expect(flagOf({ identities: [['ann', stateOf('b')]] }).state).toBe('depends');
});

test('a very long text is told by its ends, its length and samples, not by all of it', () => {
  const long = 'x'.repeat(200_000);
  const changed = told({ own: stateOf(long) }, { own: stateOf(`${long.slice(0, -1)}y`) });
  expect(changed.some((line) => line.startsWith('value.end: '))).toBe(true);
  expect(changed.join('').length).toBeLessThan(5_000);
  expect(told({ own: stateOf(long) }, { own: stateOf(`${long}x`) }).join()).toContain('value.length: 200000 → 200001');
  expect(flagOf({ own: stateOf(long) }).fingerprint().length).toBeLessThan(10_000);
});
