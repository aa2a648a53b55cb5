import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { readDefinitions } from '../definitions/read-document.ts';
import { compile } from './compile.ts';
import { off, on } from './outcome.ts';
import { testContext, testEnvironment } from './testing.ts';
import { WayEvaluator } from './ways.ts';

// Ways to an answer are found by asking the compiled conditions one by one: what a program comes to has to be the same.

const someIds = Array.from({ length: 40 }, (_, i) => `user-${i}`);
const many = Array.from({ length: 3_000 }, (_, i) => `user-${i * 2}`);
const values = fc.oneof(fc.subarray(['user-1', 'user-2', 'ü10', '']), fc.subarray(someIds), fc.constant(many));
const constraint = fc.record({
  contextName: fc.constantFrom('userId', 'country', 'age', 'appVersion', 'currentTime'),
  operator: fc.constantFrom('IN', 'NOT_IN', 'STR_ENDS_WITH', 'NUM_GTE', 'SEMVER_GT', 'DATE_AFTER'),
  values,
  value: fc.constantFrom('1', '2.0.0', '2024-01-01T00:00:00Z'),
  inverted: fc.boolean(),
  caseInsensitive: fc.boolean(),
});
const variant = fc.record({
  name: fc.constantFrom('a', 'b', 'c'),
  weight: fc.constantFrom(0, 1, 333, 500, 0.5),
  stickiness: fc.constantFrom('default', 'userId', 'country', undefined),
  overrides: fc.constantFrom([], [], [{ contextName: 'userId', values: ['user-2'] }]),
});
const share = fc.constantFrom('0', '1', '30', '70', '100', '33.5', '1000', '', null, undefined);
const strategy = fc.record({
  name: fc.constantFrom('default', 'flexibleRollout', 'gradualRolloutUserId', 'gradualRolloutSessionId', 'userWithId'),
  parameters: fc.record({
    rollout: share,
    percentage: share,
    groupId: fc.constantFrom('', 'g', 'gro', 'group', 'ä', undefined),
    stickiness: fc.constantFrom('default', 'userId', 'sessionId', 'country', 'random'),
    userIds: fc.constantFrom('user-1,user-2', someIds.join(), ''),
  }),
  segments: fc.subarray([1, 2, 3], { maxLength: 2 }),
  constraints: fc.array(constraint, { maxLength: 3 }),
  variants: fc.array(variant, { maxLength: 2 }),
});
const flag = fc.record({
  enabled: fc.constant(true),
  strategies: fc.array(strategy, { maxLength: 4 }),
  variants: fc.array(variant, { maxLength: 3 }),
  dependencies: fc.constantFrom([], [], [], [{ feature: 'f0' }], [{ feature: 'f1', enabled: false }]),
});
const segments = fc.tuple(fc.array(constraint, { maxLength: 2 }), fc.array(constraint, { maxLength: 1 }));
const id = fc.constantFrom(undefined, '', 'user-1', 'user-2', 'user-38', 'ü10', 'long '.repeat(40));
const context = fc
  .record({ userId: id, sessionId: id, country: id, age: fc.constantFrom(undefined, '1', 'user-1') })
  .map(({ userId, sessionId, ...properties }) => testContext({ userId, sessionId }, properties));

describe.each(['node', 'yggdrasil'] as const)('programs, %s', (semantics) => {
  test('come to what the conditions do, one by one', () => {
    fc.assert(
      fc.property(
        fc.array(flag, { minLength: 1, maxLength: 6 }),
        segments,
        fc.array(context, { minLength: 1, maxLength: 4 }),
        (flags, lists, contexts) => {
          const features = flags.map((one, index) => ({ name: `f${index}`, ...one }));
          const document = { features, segments: lists.map((constraints, index) => ({ id: index + 1, constraints })) };
          const set = compile(readDefinitions(document), { ...testEnvironment, semantics });
          const ways = new WayEvaluator(set, undefined);
          const outcomes = set.createOutcomes();
          const single = set.createOutcomes();
          for (const asked of contexts) {
            set.evaluate(asked, outcomes);
            set.begin(single);
            ways.begin();
            for (const index of set.flags.keys()) {
              expect(outcomes[index]).toBe(ways.way(index, ways.evaluate(index, asked)).outcome);
              expect(set.answer(index, asked, single)).toBe(outcomes[index]);
            }
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});

const flagOf = (name: string, strategies: readonly object[], more: object = {}) => ({
  name,
  enabled: true,
  strategies,
  ...more,
});
const isPaying = { contextName: 'plan', operator: 'STR_ENDS_WITH', values: ['paid'] };

describe('what is found out once per request', () => {
  it('is found out anew for the next one', () => {
    const one = [{ name: 'default', constraints: [isPaying] }];
    const set = compile(readDefinitions({ features: [flagOf('a', one), flagOf('b', one)] }), testEnvironment);
    const outcomes = set.createOutcomes();
    for (const plan of ['paid', 'free', 'paid']) {
      set.evaluate(testContext({}, { plan }), outcomes);
      expect([...outcomes]).toEqual(plan === 'paid' ? [on, on] : [off, off]);
    }
  });

  it('is not what chance decides', () => {
    let drawn = 0;
    const random = () => (drawn++ % 2 === 0 ? 0 : 0.99);
    const half = [{ name: 'gradualRolloutRandom', parameters: { percentage: '50' } }];
    const features = [flagOf('a', half), flagOf('b', half)];
    const set = compile(readDefinitions({ features }), { ...testEnvironment, random });
    const outcomes = set.createOutcomes();
    set.evaluate(testContext(), outcomes);
    expect([...outcomes]).toEqual([on, off]);
  });

  it('is found out again after code from outside, which may change the context or ask for flags itself', () => {
    const customStrategies = new Map([
      [
        'upgrade',
        (_parameters: unknown, asked: ReturnType<typeof testContext>) => {
          if (asked.userId === 'another') return true;
          asked.properties.plan = 'paid';
          changing.evaluate(testContext({ userId: 'another' }, { plan: 'free' }), changing.createOutcomes());
          return true;
        },
      ],
    ]);
    const paying = [{ name: 'default', constraints: [isPaying] }];
    const features = [flagOf('a', paying), flagOf('b', [{ name: 'upgrade' }]), flagOf('c', paying)];
    const changing = compile(readDefinitions({ features }), { ...testEnvironment, customStrategies });
    const outcomes = changing.createOutcomes();
    changing.evaluate(testContext({}, { plan: 'free' }), outcomes);
    expect([...outcomes]).toEqual([off, on, on]);
  });

  it('is asked of the clock for each flag that is settled', () => {
    const newer = { contextName: 'currentTime', operator: 'DATE_AFTER', value: '2024-01-01T00:00:00Z' };
    const dated = [{ name: 'default', constraints: [newer] }];
    const set = compile(readDefinitions({ features: [flagOf('a', dated), flagOf('b', dated)] }), testEnvironment);
    expect(set.settle(testContext(), [0, 1]).open).toEqual([0, 1]);
  });
});

describe('strategies that change nothing', () => {
  const rollout = { name: 'flexibleRollout', parameters: { rollout: '50', groupId: 'g', stickiness: 'random' } };
  const always = { name: 'default' };

  it('leave a flag settled, and are still told as the way to its answer', () => {
    const set = compile(readDefinitions({ features: [flagOf('a', [rollout, always])] }), testEnvironment);
    expect([set.dynamic, set.flags[0]?.settled]).toEqual([[], on]);
    const ways = new WayEvaluator(set, undefined);
    expect(ways.constant(0)).toBeUndefined();
    ways.begin();
    // Chance says 5,001 here.
    expect(ways.way(0, ways.evaluate(0, testContext())).outcome).toBe(on);
    expect([...ways.open(testContext(), [0])]).toEqual([0]);
  });

  it('count where another answer stands between them', () => {
    const blue = { ...always, constraints: [isPaying], variants: [{ name: 'blue', weight: 1 }] };
    const users = { name: 'userWithId', parameters: { userIds: 'u' } };
    const set = compile(readDefinitions({ features: [flagOf('a', [users, blue, users, always])] }), testEnvironment);
    const outcomes = set.createOutcomes();
    const answer = (userId: string) => {
      set.evaluate(testContext({ userId }, { plan: 'paid' }), outcomes);
      return outcomes[0];
    };
    expect([answer('u'), answer('v')]).toEqual([on, 2]);
  });
});
