import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readDefinitions } from '../definitions/read-document.ts';
import { compile } from './compile.ts';
import { Draws } from './draws.ts';
import { off } from './outcome.ts';
import { testContext, testEnvironment } from './testing.ts';
import { WayEvaluator } from './ways.ts';

const rollout = (percent: number, extra: object = {}) => ({
  name: 'flexibleRollout',
  parameters: { rollout: String(percent), stickiness: 'default', groupId: 'g' },
  ...extra,
});
const document = {
  features: [
    { name: 'always', enabled: true, strategies: [{ name: 'default' }] },
    { name: 'disabled', enabled: false, strategies: [{ name: 'default' }] },
    {
      name: 'second',
      enabled: true,
      strategies: [{ name: 'userWithId', parameters: { userIds: 'someone' } }, rollout(50)],
      variants: [
        { name: 'a', weight: 1, overrides: [{ contextName: 'userId', values: ['user-7'] }] },
        { name: 'b', weight: 1 },
      ],
    },
    {
      name: 'child',
      enabled: true,
      strategies: [{ name: 'default' }],
      dependencies: [{ feature: 'second', variants: ['a'] }],
    },
    {
      name: 'random',
      enabled: true,
      strategies: [rollout(50, { parameters: { rollout: '50', stickiness: 'random' } })],
    },
  ],
};

describe('ways to an answer', () => {
  it('lead to the answers of the set itself', () => {
    const set = compile(readDefinitions(document), testEnvironment);
    const ways = new WayEvaluator(set, undefined);
    const outcomes = set.createOutcomes();
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 500 }), (user) => {
        const context = testContext({ userId: `user-${user}` });
        set.evaluate(context, outcomes);
        ways.begin();
        for (const [index] of set.flags.entries()) {
          expect(ways.way(index, ways.evaluate(index, context)).outcome).toBe(outcomes[index]);
        }
      }),
    );
  });

  it('name the strategy that held, and whether an override chose the variant', () => {
    const set = compile(readDefinitions(document), testEnvironment);
    const ways = new WayEvaluator(set, undefined);
    const wayOf = (name: string, userId: string) => {
      ways.begin();
      const index = set.indexOf(name);
      return ways.way(index, ways.evaluate(index, testContext({ userId })));
    };
    expect(wayOf('always', 'u')).toMatchObject({ outcome: 1, listed: false, step: { strategy: { name: 'default' } } });
    expect(wayOf('disabled', 'u')).toEqual({ outcome: off, step: undefined, listed: false });
    expect(wayOf('second', 'someone')).toMatchObject({
      listed: false,
      step: { isSplit: true, strategy: { name: 'userWithId' } },
    });
    const listed = Array.from({ length: 200 }, (_, i) => wayOf('second', `user-${i}`)).filter((way) => way.listed);
    expect(listed.every(({ step }) => step?.strategy?.name === 'flexibleRollout')).toBe(true);
    expect(listed.length).toBeLessThanOrEqual(1);
  });

  it('follow from a seed where chance decides', () => {
    const draws = new Draws(Math.random);
    const set = compile(readDefinitions(document), { ...testEnvironment, random: draws.next });
    const ways = new WayEvaluator(set, draws);
    const answer = (seed: number) => {
      draws.begin(seed);
      ways.begin();
      const index = set.indexOf('random');
      const { outcome } = ways.way(index, ways.evaluate(index, testContext()));
      const { drew } = draws;
      draws.end();
      expect(drew).toBe(true);
      return outcome;
    };
    const answers = Array.from({ length: 200 }, (_, seed) => answer(seed * 7919));
    expect(new Set(answers).size).toBe(2);
    expect(answers.map((_, seed) => answer(seed * 7919))).toEqual(answers);
  });
});
