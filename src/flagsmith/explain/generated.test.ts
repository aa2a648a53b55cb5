/** Explained answers are served answers: over documents and identities that fast-check makes. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { finish } from '../../flags/steps.ts';
import { loadEnvironment } from '../environment/served-environment.ts';
import { encodeJson } from '../json/encode.ts';
import { Float, type Scalar } from '../json/value.ts';
import { explainFeature } from './explain-feature.ts';

const names = ['banner', 'colour', 'search'];
const traitName = fc.constantFrom('plan', 'age', '$.identity.identifier', 'version', '');
const text = fc.constantFrom(
  'pro',
  'free',
  '18',
  '1.5',
  'true',
  '1.2.3',
  '',
  'a,b',
  '2|1',
  '[1,"x"]',
  '(',
  '1.2.0:semver',
);
const operator = fc.constantFrom(
  ...['EQUAL', 'NOT_EQUAL', 'GREATER_THAN', 'LESS_THAN_INCLUSIVE', 'CONTAINS', 'NOT_CONTAINS', 'REGEX', 'MODULO'],
  ...['IN', 'IS_SET', 'IS_NOT_SET', 'PERCENTAGE_SPLIT', 'LATER_OPERATOR'],
);
const condition = fc.record({
  property_: traitName,
  operator,
  value: fc.oneof(text, fc.constantFrom('0', '50', '100'), fc.integer({ min: 0, max: 100 })),
});
const leaf = fc.record({
  type: fc.constantFrom('ALL', 'ANY', 'NONE', 'SOME'),
  conditions: fc.array(condition, { maxLength: 3 }),
  rules: fc.constant([]),
});
const rule = fc.record({
  type: fc.constantFrom('ALL', 'ANY', 'NONE'),
  conditions: fc.array(condition, { maxLength: 2 }),
  rules: fc.array(leaf, { maxLength: 2 }),
});
const state = (name: string) =>
  fc.record({
    feature: fc.constant({ id: names.indexOf(name) + 1, name, type: 'STANDARD' }),
    enabled: fc.boolean(),
    feature_state_value: fc.constantFrom('x', 'y', null, 7, true),
    django_id: fc.integer({ min: 1, max: 9_999 }),
    multivariate_feature_state_values: fc.array(fc.constantFrom(10, 30, 60), { maxLength: 3 }).map((weights) =>
      weights.map((percentage_allocation, index) => ({
        id: index + 1,
        percentage_allocation,
        multivariate_feature_option: { value: `v${index}`, ...(index === 1 ? {} : { key: `k${index}` }) },
      })),
    ),
  });
const override = fc
  .tuple(fc.constantFrom(...names).chain(state), fc.option(fc.constantFrom(0, 1, 2), { nil: undefined }))
  .map(([own, priority]) => ({ ...own, ...(priority === undefined ? {} : { feature_segment: { priority } }) }));
const document = fc.record({
  api_key: fc.constant('env'),
  name: fc.constant('Test'),
  project: fc.record({
    hide_disabled_flags: fc.boolean(),
    segments: fc.array(
      fc.record({ rules: fc.array(rule, { maxLength: 2 }), feature_states: fc.array(override, { maxLength: 2 }) }),
      { maxLength: 4 },
    ),
  }),
  feature_states: fc.tuple(...names.map(state)),
  identity_overrides: fc.array(
    fc.record({ identifier: fc.constantFrom('ann', '7'), identity_features: fc.array(override, { maxLength: 2 }) }),
    { maxLength: 2 },
  ),
});
const trait: fc.Arbitrary<Scalar> = fc.oneof(
  text,
  fc.integer({ min: -5, max: 60 }),
  fc.boolean(),
  fc.constantFrom(new Float(1.5), new Float(18)),
);
const identity = fc.option(
  fc.record({
    identifier: fc.constantFrom('ann', '7', 'bob', ''),
    traits: fc.array(fc.tuple(traitName, trait), { maxLength: 3 }),
  }),
);

it('explained answers are served answers, over generated documents and identities', () => {
  const winners = new Set<string>();
  fc.assert(
    fc.property(document, identity, fc.constantFrom('proxy' as const, 'core' as const), (made, asked, mode) => {
      const segments = made.project.segments.map((one, index) => ({ id: index + 1, name: `s${index + 1}`, ...one }));
      const written = JSON.stringify({ ...made, project: { ...made.project, segments } });
      const { environment } = finish(loadEnvironment([written], { mode, details: false }));
      if (environment === null) throw new Error('the document was refused');
      const who = asked === null ? null : environment.identity(asked.identifier, asked.traits);
      const served = environment.outcomes('server', who);
      for (const name of names) {
        const told = explainFeature(environment.compiled, mode, name, who);
        if (told === undefined) throw new Error(`${name} was not explained`);
        const decisive = told.steps.filter((one) => one.decisive);
        expect(decisive).toHaveLength(1);
        winners.add(`${decisive[0]?.kind}${told.outcome.variant === null ? '' : ' split'}`);
        // What decided carries the answer's state.
        expect(decisive[0]?.facts.enabled).toBe(told.answer.enabled);
        const outcome = served.get(name);
        if (outcome === undefined) {
          expect(told.answer.enabled).toBe(false);
          continue;
        }
        expect(told.outcome.feature).toBe(outcome.feature);
        expect(told.answer).toMatchObject({
          enabled: outcome.feature.enabled,
          variant: outcome.variant,
          reason: outcome.reason,
        });
        expect(encodeJson(told.outcome.value)).toBe(encodeJson(outcome.value));
      }
    }),
    { numRuns: 400 },
  );
  expect([...winners]).toEqual(
    expect.arrayContaining(['default', 'default split', 'segment', 'segment split', 'identity-override']),
  );
});
