/**
 * Definitions: every strategy kind, operator, segments, variants, overrides, dependencies, and malformed members that
 * the original survives. By construction nothing in them is decided by chance: rollouts by random stickiness are 0 or
 * 100, and sets of several variants stick to a field that every request has.
 */
import fc from 'fast-check';
import {
  dependencyParts,
  flags,
  type Json,
  list,
  listConstraint,
  strategyKinds,
} from '../../support/generate/definitions.ts';
import {
  anyFieldValue,
  apps,
  dates,
  expressions,
  featureNames,
  fieldName,
  maybe,
  numbers,
  present,
  ranges,
  versions,
} from '../../support/generate/values.ts';

const valueConstraint = (
  operators: readonly string[],
  contextNames: readonly string[],
  values: readonly string[],
): fc.Arbitrary<Json> =>
  fc.record({
    contextName: fc.constantFrom(...contextNames),
    operator: fc.constantFrom(...operators),
    values: fc.constant([]),
    value: maybe(fc.constantFrom(...values), 9),
    ...flags,
  });

const cidrConstraint = fc.record({
  contextName: fc.constantFrom('remoteAddress', 'tenant'),
  operator: fc.constant('IN_CIDR'),
  values: list(fc.constantFrom(...ranges), 4),
  inverted: flags.inverted,
});

const constraint: fc.Arbitrary<Json> = fc
  .oneof(
    { weight: 5, arbitrary: listConstraint(['', ' ', null]) },
    {
      weight: 2,
      arbitrary: valueConstraint(['NUM_EQ', 'NUM_GT', 'NUM_GTE', 'NUM_LT', 'NUM_LTE'], ['age', 'userId'], numbers),
    },
    { weight: 2, arbitrary: valueConstraint(['DATE_AFTER', 'DATE_BEFORE'], ['currentTime', 'region'], dates) },
    {
      weight: 2,
      arbitrary: valueConstraint(
        ['SEMVER_EQ', 'SEMVER_GT', 'SEMVER_LT', 'SEMVER_GTE', 'SEMVER_LTE'],
        ['version', 'age'],
        versions,
      ),
    },
    { weight: 2, arbitrary: valueConstraint(['REGEX'], ['userId', 'region', 'tenant'], expressions) },
    { weight: 2, arbitrary: cidrConstraint },
    { weight: 1, arbitrary: valueConstraint(['NEW_OPERATOR', 'in'], ['userId'], ['alice']) },
  )
  .map(present);

const payload = fc.oneof(
  fc.record({
    type: fc.constantFrom('string', 'json', 'csv', 'number'),
    value: fc.constantFrom('p', '{"a":1}', '1,2', '', 'ü"\\\n\u2028日'),
  }),
);
const override = fc.record({
  contextName: fieldName,
  values: list(fc.oneof(anyFieldValue, fc.constantFrom(1, null)), 3),
});

/** One variant may stick to anything; several stick to what every request has. */
const safeStickiness = fc.constantFrom('default', 'sessionId', 'remoteAddress');
const variants: fc.Arbitrary<Json[]> = fc
  .tuple(
    fc.array(
      fc.record({
        name: fc.constantFrom('one', 'two', 'three', 'disabled', 'Größe'),
        weight: fc.constantFrom(0, 1, 300, 500, 1000),
        payload: maybe(payload),
        overrides: maybe(list(override, 2), 4),
      }),
      { maxLength: 4 },
    ),
    safeStickiness,
    fc.constantFrom('random', 'userId', 'region'),
  )
  .map(([items, safe, any]) => items.map((item) => present({ ...item, stickiness: items.length === 1 ? any : safe })));

const percentage = fc.oneof(fc.integer({ min: 0, max: 100 }).map(String), fc.constantFrom('33.3', 'abc', '', 50));
const groupId = maybe(fc.constantFrom('group', 'g-2', '', 'ü日'));

const kinds: readonly fc.Arbitrary<Json>[] = [
  fc.record({ name: fc.constant('default'), parameters: fc.constant({}) }),
  fc.record({ name: fc.constant('doesNotExist'), parameters: fc.constant({}) }),
  ...strategyKinds({ percentage, groupId, hostNames: ['test-host', 'TEST-HOST', 'other'] }),
];

const strategy: fc.Arbitrary<Json> = fc
  .tuple(
    fc.oneof(...kinds),
    fc.record({
      constraints: maybe(list(constraint, 2), 7),
      segments: maybe(list(fc.constantFrom(1, 2, 3, 99), 2), 3),
      variants: maybe(variants, 2),
    }),
  )
  .map(([kind, rest]) => present({ ...kind, ...rest }));

const dependency = fc.record(dependencyParts).map(present);

const feature: fc.Arbitrary<Json> = fc
  .record({
    name: fc.constantFrom<string>(...featureNames),
    type: maybe(fc.constantFrom('release', 'experiment')),
    description: maybe(fc.constantFrom(null, 'text', 'ü')),
    enabled: fc.oneof({ weight: 9, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
    impressionData: maybe(fc.boolean(), 7),
    strategies: fc.oneof(
      { weight: 20, arbitrary: list(strategy, 3) },
      { weight: 1, arbitrary: fc.constantFrom<unknown>('text', null, {}, undefined) },
    ),
    variants: fc.oneof(
      { weight: 8, arbitrary: maybe(variants, 7) },
      { weight: 1, arbitrary: fc.constantFrom<unknown>('text', null, {}) },
    ),
    dependencies: maybe(list(dependency, 2), 2),
    futureMember: maybe(fc.constant({ deep: [1, { x: null }] }), 1),
  })
  .map(present);

const segment = (id: number): fc.Arbitrary<Json> =>
  fc
    .record({ id: fc.constant(id), name: fc.constant(`segment ${id}`), constraints: maybe(list(constraint, 2), 9) })
    .map(present);

export const definitions: fc.Arbitrary<Json> = fc
  .record({
    version: fc.constant(2),
    features: fc.array(feature, { minLength: 5, maxLength: 16 }),
    segments: maybe(fc.tuple(segment(1), segment(2)), 7),
  })
  .map(present);

/** Names worth asking for: those that can exist, and two that cannot. */
export const askedNames: readonly string[] = [...featureNames, 'missing', '', ...apps.slice(0, 1)];
