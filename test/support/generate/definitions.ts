/** Parts of generated definitions that do not depend on which original they are for. */
import fc from 'fast-check';
import { addresses, anyFieldValue, fieldName, fieldValue, maybe, present, ranges, userIds } from './values.ts';

export type Json = Readonly<Record<string, unknown>>;

export const list = <T>(item: fc.Arbitrary<T>, maxLength: number) => fc.array(item, { maxLength });
const commaList = (items: readonly string[]): fc.Arbitrary<string> =>
  fc
    .tuple(fc.subarray([...items]), fc.constantFrom(',', ', ', ' , '))
    .map(([chosen, separator]) => chosen.join(separator));

/** What inverts a constraint or lets it ignore case. */
export const flags = { inverted: maybe(fc.boolean(), 3), caseInsensitive: maybe(fc.boolean(), 3) };

/** A constraint with a list. @param odd values that no field has */
export const listConstraint = (odd: readonly (string | null)[]): fc.Arbitrary<Json> =>
  fc
    .record({
      contextName: fieldName,
      operator: fc.constantFrom('IN', 'NOT_IN', 'STR_STARTS_WITH', 'STR_ENDS_WITH', 'STR_CONTAINS'),
      own: fc.boolean(),
      ...flags,
    })
    .chain(({ own, ...constraint }) =>
      list(
        fc.oneof(
          { weight: 8, arbitrary: own ? fieldValue(constraint.contextName) : anyFieldValue },
          { weight: 1, arbitrary: fc.constantFrom(...odd) },
        ),
        4,
      ).map((values): Json => ({ ...constraint, values })),
    );

/** What differs between the originals in strategies. */
export interface StrategyParts {
  readonly percentage: fc.Arbitrary<unknown>;
  readonly groupId: fc.Arbitrary<unknown>;
  readonly hostNames: readonly string[];
}

/** The strategies of Unleash, but `default` and unknown ones. */
export const strategyKinds = ({ percentage, groupId, hostNames }: StrategyParts): readonly fc.Arbitrary<Json>[] => [
  fc.record({
    name: fc.constant('userWithId'),
    parameters: fc.record({ userIds: maybe(commaList(userIds), 9) }).map(present),
  }),
  fc.record({
    name: fc.constant('remoteAddress'),
    parameters: fc.record({ IPs: maybe(commaList([...ranges, ...addresses.slice(0, 4)]), 9) }).map(present),
  }),
  fc.record({
    name: fc.constant('applicationHostname'),
    parameters: fc.record({ hostNames: maybe(commaList(hostNames), 9) }).map(present),
  }),
  fc.record({
    name: fc.constantFrom('gradualRolloutUserId', 'gradualRolloutSessionId'),
    parameters: fc.record({ percentage, groupId }).map(present),
  }),
  fc.record({
    name: fc.constant('gradualRolloutRandom'),
    parameters: fc.record({ percentage: fc.constantFrom('0', '100', 'abc') }),
  }),
  fc.record({
    name: fc.constant('flexibleRollout'),
    parameters: fc
      .oneof(
        fc.record({
          rollout: percentage,
          stickiness: maybe(fc.constantFrom('default', 'userId', 'sessionId', 'region', 'tenant', 'missing'), 9),
          groupId,
        }),
        fc.record({ rollout: fc.constantFrom('0', '100'), stickiness: fc.constant('random'), groupId }),
      )
      .map(present),
  }),
];

/** What a dependency may name. */
export const dependencyParts = {
  feature: fc.constantFrom('parent', 'parent-2', 'alpha', 'missing'),
  enabled: maybe(fc.boolean()),
  variants: maybe(list(fc.constantFrom('one', 'two', 'disabled'), 2), 3),
};
