import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readDefinitions } from '../definitions/read-document.ts';
import { compile } from './compile.ts';
import { Shared } from './shared.ts';
import { answerOf, testContext, testEnvironment } from './testing.ts';

describe('Shared', () => {
  test('makes what has one description once', () => {
    const shared = new Shared<object>();
    const first = shared.once('a', () => ({}));
    expect(shared.once('a', () => ({}))).toBe(first);
    expect(shared.once('b', () => ({}))).not.toBe(first);
  });

  test('long descriptions are not kept, and many are forgotten', () => {
    const shared = new Shared<object>();
    const long = 'x'.repeat(10_000);
    expect(shared.once(long, () => ({}))).not.toBe(shared.once(long, () => ({})));
    const first = shared.once('0', () => ({}));
    for (let i = 1; i <= 1_000; i++) shared.once(String(i), () => ({}));
    expect(shared.once('0', () => ({}))).not.toBe(first);
  });
});

// Few values, so that flags have many parts in common.
const constraint = fc.record({
  contextName: fc.constantFrom('userId', 'country', 'age', 'currentTime'),
  operator: fc.constantFrom('IN', 'NOT_IN', 'STR_ENDS_WITH', 'NUM_GTE', 'SEMVER_GT', 'DATE_AFTER', 'unknown'),
  values: fc.subarray(['1', '2', '10', 'x']),
  value: fc.constantFrom('1', '2.0.0', '2024-01-01T00:00:00Z', null),
  inverted: fc.boolean(),
});
const variant = fc.record({
  name: fc.constantFrom('a', 'b'),
  weight: fc.constantFrom(0, 1, 500, 0.5),
  payload: fc.constantFrom(undefined, null, { type: 'string', value: '1' }, { type: 'number', value: '1' }),
  overrides: fc.constantFrom([], [{ contextName: 'userId', values: ['2'] }]),
});
const share = fc.constantFrom('0', '30', '70', '100', '', null, undefined);
const strategy = fc.record({
  name: fc.constantFrom('default', 'flexibleRollout', 'gradualRolloutUserId', 'userWithId', 'remoteAddress'),
  parameters: fc.record({
    rollout: share,
    percentage: share,
    groupId: fc.constantFrom('g', 'ä', undefined),
    stickiness: fc.constantFrom('default', 'userId', 'random', 'country', undefined),
    userIds: fc.constantFrom('1,2', '10, x'),
    IPs: fc.constantFrom('10.0.0.1', '10.0.0.0/8,::1'),
  }),
  constraints: fc.array(constraint, { maxLength: 3 }),
  variants: fc.array(variant, { maxLength: 2 }),
});
const flags = fc.array(
  fc.record({
    enabled: fc.constant(true),
    strategies: fc.array(strategy, { maxLength: 3 }),
    variants: fc.array(variant, { maxLength: 3 }),
  }),
  { minLength: 1, maxLength: 8 },
);
const contexts = ['1', '2', 'ü10'].flatMap((userId) =>
  [{}, { country: 'x', age: '10' }, { age: 'v2.1.0', country: '2' }].map((properties) =>
    testContext({ userId, remoteAddress: '10.0.0.1' }, properties),
  ),
);

test.each(['node', 'yggdrasil'] as const)(
  'a flag answers as it does alone, however much it shares (%s)',
  (semantics) => {
    fc.assert(
      fc.property(flags, (list) => {
        const features = list.map((flag, i) => ({ name: `f${i}`, ...flag }));
        const together = { ...testEnvironment, semantics };
        for (const context of contexts) {
          for (const feature of features) {
            const alone = answerOf({ features: [feature] }, feature.name, context, { ...together });
            expect(answerOf({ features }, feature.name, context, together)).toBe(alone);
          }
        }
      }),
      { numRuns: 60 },
    );
  },
);

test('equal parts of flags are one', () => {
  const variants = [
    { name: 'a', weight: 1, payload: { type: 'string', value: '1' } },
    { name: 'b', weight: 1 },
  ];
  const strategies = [{ name: 'flexibleRollout', parameters: { rollout: '50', groupId: 'g' } }];
  const features = ['one', 'two'].map((name) => ({ name, enabled: true, strategies, variants }));
  const [one, two] = compile(readDefinitions({ features }), testEnvironment).flags;
  expect(one?.variants[0]).toBe(two?.variants[0]);
  expect(one?.payloads[0]).toBe(two?.payloads[0]);
  expect(one?.steps[0]?.strategy).toBe(two?.steps[0]?.strategy);
  expect(one?.steps[0]?.test).not.toBe(two?.steps[0]?.test);
});
