/**
 * Definitions that Edge can decode: every strategy, operator, kind of variant, segments, dependencies, projects. By
 * construction nothing in them is decided by chance when a request has a session.
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
  dates,
  featureNames,
  fieldName,
  maybe,
  numbers,
  present,
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
    values: maybe(fc.constant([]), 8),
    // Without a value the original aborts while it compiles; no Unleash server sends that.
    value: fc.constantFrom(...values),
    ...flags,
  });

const constraint: fc.Arbitrary<Json> = fc
  .oneof(
    { weight: 6, arbitrary: listConstraint(['', ' ']) },
    {
      weight: 3,
      arbitrary: valueConstraint(['NUM_EQ', 'NUM_GT', 'NUM_GTE', 'NUM_LT', 'NUM_LTE'], ['age', 'userId'], numbers),
    },
    { weight: 3, arbitrary: valueConstraint(['DATE_AFTER', 'DATE_BEFORE'], ['currentTime', 'region'], dates) },
    { weight: 3, arbitrary: valueConstraint(['SEMVER_EQ', 'SEMVER_GT', 'SEMVER_LT'], ['version', 'age'], versions) },
    {
      weight: 1,
      arbitrary: fc.oneof(
        valueConstraint(['NEW_OPERATOR', 'in'], ['userId'], ['alice']),
        fc.record({ contextName: fc.constant('userId'), operator: fc.constant('NEWER'), values: fc.constant(['x']) }),
      ),
    },
  )
  .map(present);

const payload = fc.record({
  type: fc.constantFrom('string', 'json', 'csv', 'number'),
  value: fc.constantFrom('p', '{"a":1}', '1,2', '', 'ü"\\\n\u2028日</script>'),
});
const override = fc.record({ contextName: fieldName, values: list(anyFieldValue, 3) });

const safeStickiness = fc.constantFrom('default', 'sessionId', undefined);
const variants: fc.Arbitrary<Json[]> = fc
  .tuple(
    fc.array(
      fc.record({
        name: fc.constantFrom('one', 'two', 'three', 'disabled', 'Größe'),
        weight: fc.constantFrom(0, 1, 300, 500, 1000),
        weightType: maybe(fc.constantFrom('fix', 'variable')),
        payload: maybe(payload),
        overrides: maybe(list(override, 2), 4),
      }),
      { maxLength: 4 },
    ),
    safeStickiness,
    fc.constantFrom('random', 'userId', 'region'),
  )
  // The original divides by the sum of the weights, and ends when that is 0.
  .map(([items, safe, any]) =>
    items.map((item, i) =>
      present({ ...item, weight: item.weight + (i === 0 ? 1 : 0), stickiness: items.length === 1 ? any : safe }),
    ),
  );

const percentage = fc.oneof(
  { weight: 12, arbitrary: fc.integer({ min: 0, max: 100 }).map(String) },
  { weight: 1, arbitrary: fc.constantFrom('33.3', 'abc', '', '101', '1000', '007', '-1', ' 50') },
);
const groupId = maybe(fc.constantFrom('group', 'g-2', '', 'ü日', 'a "quoted" group'));

const kinds: readonly fc.Arbitrary<Json>[] = [
  fc.record({ name: fc.constant('default'), parameters: maybe(fc.constant({})) }),
  fc.record({ name: fc.constant('default'), parameters: fc.constant({}) }),
  fc.record({ name: fc.constant('doesNotExist'), parameters: fc.constant({ some: 'thing' }) }),
  ...strategyKinds({ percentage, groupId, hostNames: ['one-host', 'ANOTHER'] }),
];

const strategy: fc.Arbitrary<Json> = fc
  .tuple(
    fc.oneof(...kinds),
    fc.record({
      constraints: maybe(list(constraint, 2), 7),
      segments: maybe(
        fc.oneof({ weight: 6, arbitrary: list(fc.constantFrom(1, 2), 2) }, { weight: 1, arbitrary: fc.constant([3]) }),
        3,
      ),
      // Unleash always sends the list.
      variants: fc.oneof({ weight: 8, arbitrary: fc.constant([]) }, { weight: 2, arbitrary: variants }),
      sortOrder: maybe(fc.integer({ min: 0, max: 9 }), 2),
      title: maybe(fc.constant('not modelled'), 1),
    }),
  )
  .map(([kind, rest]) => present({ ...kind, ...rest }));

const dependency = fc
  .record(dependencyParts)
  // A parent that has to be off has no variant to ask for.
  .map(({ variants, ...rest }) => present(rest.enabled === false ? rest : { ...rest, variants }));

const feature: fc.Arbitrary<Json> = fc
  .record({
    name: fc.constantFrom<string>(...featureNames),
    type: maybe(fc.constantFrom('release', 'experiment', null), 8),
    project: fc.constantFrom('default', 'p1', 'p2', 'other', undefined),
    description: maybe(fc.constantFrom(null, 'text', 'ü')),
    createdAt: maybe(fc.constantFrom('2024-01-02T03:04:05.678Z', '2024-01-02T03:04:05Z', null), 3),
    lastSeenAt: maybe(fc.constantFrom('2024-01-02T03:04:05.678Z', null), 3),
    stale: maybe(fc.boolean()),
    enabled: fc.oneof({ weight: 9, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
    impressionData: maybe(fc.boolean(), 7),
    strategies: fc.oneof(
      { weight: 20, arbitrary: list(strategy, 3) },
      { weight: 1, arbitrary: fc.constantFrom(undefined, null) },
    ),
    variants: fc.oneof({ weight: 8, arbitrary: maybe(variants, 7) }, { weight: 1, arbitrary: fc.constant(null) }),
    dependencies: maybe(list(dependency, 2), 2),
    futureMember: maybe(fc.constant({ deep: [1, { x: null }] }), 1),
  })
  .map(present)
  .map(withGroup);

/** A parent's rollout is that of its child in the original, unless it names its group. Unleash always names it. */
function withGroup(feature: Json): Json {
  if (!/^(parent|parent-2|alpha)$/.test(String(feature.name)) || !Array.isArray(feature.strategies)) return feature;
  const strategies = (feature.strategies as Json[]).map((strategy) => ({
    ...strategy,
    parameters: { groupId: 'group', ...(strategy.parameters as object) },
  }));
  return { ...feature, strategies };
}

const segment = (id: number): fc.Arbitrary<Json> =>
  fc
    .record({ id: fc.constant(id), name: maybe(fc.constant(`segment ${id}`)), constraints: list(constraint, 2) })
    .map(present);

/** Each name once: what several definitions of one flag mean is not a question that an Unleash server asks. */
export const edgeDocument: fc.Arbitrary<Json> = fc
  .record({
    version: fc.constantFrom(1, 2),
    features: fc.uniqueArray(feature, { minLength: 4, maxLength: 14, selector: ({ name }) => name }),
    segments: maybe(fc.tuple(segment(1), segment(2)), 8),
    query: maybe(fc.constantFrom({ environment: 'x', inlineSegmentConstraints: true }, { project: ['p1'] }), 3),
    meta: maybe(fc.constantFrom({ revisionId: 7, etag: '"x:7"', queryHash: 'x' }, { revisionId: 9 }, {}), 4),
  })
  .map(present);
