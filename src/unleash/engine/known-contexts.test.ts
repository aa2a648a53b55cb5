import { describe, expect, test } from 'vitest';
import { readDefinitions } from '../definitions/read-document.ts';
import { compile } from './compile.ts';
import type { Context } from './context.ts';
import { KnownContexts } from './known-contexts.ts';
import { off, on, pending } from './outcome.ts';
import { testContext, testEnvironment } from './testing.ts';

const rollout = (stickiness: string, constraints: object[] = []) => ({
  name: 'flexibleRollout',
  parameters: { rollout: '50', stickiness, groupId: 'g' },
  constraints,
});
const flag = (name: string, ...strategies: object[]) => ({ name, enabled: true, strategies });
const forUser = { name: 'userWithId', parameters: { userIds: 'ann' } };
const forAddress = { name: 'remoteAddress', parameters: { IPs: '10.0.0.1' } };

function knownOf(features: object[], environment = testEnvironment, limitBytes = 100_000) {
  const set = compile(readDefinitions({ features }), environment);
  const known = new KnownContexts(set, set.dynamic, limitBytes);
  const outcomes = set.createOutcomes();
  let askedForAddress = 0;
  const recall = (query: string, address?: string) => {
    outcomes.fill(pending);
    const addressOf = () => {
      askedForAddress++;
      return address;
    };
    return known.recall(query, outcomes, addressOf, undefined) ? [...outcomes] : undefined;
  };
  const twice = (query: string, context: Context, addressGiven = false) => {
    known.notice(query, context, addressGiven);
    expect(recall(query, context.remoteAddress)).toBeUndefined();
    known.notice(query, context, addressGiven);
  };
  return { known, recall, twice, asked: () => askedForAddress };
}

describe('KnownContexts', () => {
  test('a query is known from its second time on', () => {
    const { known, recall, twice } = knownOf([flag('a', forUser), flag('b', { name: 'default' })]);
    twice('userId=ann', testContext({ userId: 'ann' }));
    twice('userId=bob', testContext({ userId: 'bob' }));
    expect(recall('userId=ann')).toEqual([on, on]);
    expect(recall('userId=bob')).toEqual([off, on]);
    expect(recall('userId=eve')).toBeUndefined();
    expect(known.size).toBe(2);
  });

  test('what is drawn by lot is drawn each time, and so are the answers of children', () => {
    let drawn = 0;
    const environment = { ...testEnvironment, random: () => [0, 0.99][drawn++ % 2] as number };
    const child = { ...flag('child', { name: 'default' }), dependencies: [{ feature: 'lot' }] };
    const lot = flag('lot', { name: 'gradualRolloutRandom', parameters: { percentage: '50' } });
    const { recall, twice } = knownOf([child, lot, flag('a', forUser)], environment);
    twice('userId=ann', testContext({ userId: 'ann' }));
    const answers = [recall('userId=ann'), recall('userId=ann')];
    expect(answers).toContainEqual([on, on, on]);
    expect(answers).toContainEqual([off, off, on]);
  });

  test('stickiness without an id draws, with one it does not', () => {
    let drawn = 0;
    const environment = { ...testEnvironment, random: () => (drawn++ % 7) / 7 };
    const { recall, twice } = knownOf([flag('a', rollout('default'))], environment);
    twice('userId=ann', testContext({ userId: 'ann' }));
    twice('plan=free', testContext({}, { plan: 'free' }));
    const before = drawn;
    recall('userId=ann');
    expect(drawn).toBe(before);
    recall('plan=free');
    expect(drawn).toBe(before + 1);
  });

  test('the clock is looked at each time, unless the query tells the time', () => {
    let now = Date.parse('2025-01-01T00:00:00Z');
    const date = { contextName: 'currentTime', operator: 'DATE_AFTER', value: '2026-01-01T00:00:00Z', values: [] };
    const features = [flag('a', { name: 'default', constraints: [date] })];
    const { recall, twice } = knownOf(features, { ...testEnvironment, now: () => now });
    twice('userId=ann', testContext({ userId: 'ann' }));
    twice('currentTime=2025', testContext({ currentTime: new Date('2025-06-01') }));
    expect(recall('userId=ann')).toEqual([off]);
    now = Date.parse('2027-01-01T00:00:00Z');
    expect(recall('userId=ann')).toEqual([on]);
    expect(recall('currentTime=2025')).toEqual([off]);
  });

  test("the socket's address is part of the context where a flag looks at it", () => {
    const { recall, twice, asked } = knownOf([flag('a', forUser, forAddress)]);
    twice('userId=bob', testContext({ userId: 'bob', remoteAddress: '10.0.0.1' }));
    expect(recall('userId=bob', '10.0.0.1')).toEqual([on]);
    expect(recall('userId=bob', '10.0.0.2')).toBeUndefined();
    twice('userId=ann', testContext({ userId: 'ann', remoteAddress: '10.0.0.1' }));
    const before = asked();
    expect(recall('userId=ann', '10.0.0.2')).toEqual([on]);
    expect(asked()).toBe(before);
    twice('remoteAddress=10.0.0.1', testContext({ remoteAddress: '10.0.0.1' }), true);
    expect(recall('remoteAddress=10.0.0.1', '10.0.0.2')).toEqual([on]);
  });

  test('a query that comes from many addresses is learned once', () => {
    let evaluated = 0;
    const environment = { ...testEnvironment, random: () => [0, evaluated++][0] as number };
    const lot = flag('lot', { name: 'gradualRolloutRandom', parameters: { percentage: '50' } });
    const { known, recall, twice } = knownOf([flag('a', forAddress), lot], environment);
    twice('plan=free', testContext({ remoteAddress: '10.0.0.1' }));
    const before = evaluated;
    for (let i = 2; i < 20; i++) known.notice('plan=free', testContext({ remoteAddress: `10.0.0.${i}` }), false);
    expect(evaluated).toBe(before);
    expect(recall('plan=free', '10.0.0.1')).toEqual([on, on]);
    expect(recall('plan=free', '10.0.0.2')).toBeUndefined();
  });

  test('strategies from outside are asked each time', () => {
    const environment = { ...testEnvironment, customStrategies: new Map([['own', () => true]]) };
    const { known, recall } = knownOf([flag('a', { name: 'own', parameters: {} })], environment);
    for (let i = 0; i < 3; i++) known.notice('userId=ann', testContext({ userId: 'ann' }), false);
    expect(recall('userId=ann')).toBeUndefined();
  });

  test('memory is bounded, and what is in use stays', () => {
    const { known, recall } = knownOf([flag('a', forUser)], testEnvironment, 20_000);
    for (let i = 0; i < 200; i++) {
      for (let turn = 0; turn < 2; turn++) {
        known.notice(`userId=${i}`, testContext({ userId: String(i) }), false);
        known.notice('userId=ann', testContext({ userId: 'ann' }), false);
        expect(i === 0 || recall('userId=ann')).toBeTruthy();
      }
      expect(known.bytes).toBeLessThanOrEqual(20_000);
    }
    expect(known.size).toBeGreaterThan(5);
    expect(known.size).toBeLessThan(40);
    known.notice('x'.repeat(3_000), testContext(), false);
    known.notice('x'.repeat(3_000), testContext(), false);
    expect(recall('x'.repeat(3_000))).toBeUndefined();
  });
});
