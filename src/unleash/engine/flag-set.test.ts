import { describe, expect, test } from 'vitest';
import { readDefinitions } from '../definitions/read-document.ts';
import { compile } from './compile.ts';
import { off, on } from './outcome.ts';
import { answerOf, testContext, testEnvironment } from './testing.ts';

const flag = (name: string, more: object = {}) => ({ name, enabled: true, strategies: [{ name: 'default' }], ...more });
const forUser = (userIds: string) => [{ name: 'userWithId', parameters: { userIds } }];
const compileAll = (...features: object[]) => compile(readDefinitions({ features }), testEnvironment);

describe('folding', () => {
  test('flags that no request can change are answered beforehand', () => {
    const set = compileAll(
      flag('on'),
      flag('disabled', { enabled: false }),
      flag('no strategies', { strategies: [] }),
      flag('unknown strategy', { strategies: [{ name: 'later' }] }),
      flag('never', { strategies: [{ name: 'flexibleRollout', parameters: { rollout: '0' } }] }),
      flag('this machine', {
        strategies: [{ name: 'applicationHostname', parameters: { hostNames: 'a, MACHINE-1' } }],
      }),
      flag('one variant', { variants: [{ name: 'only', weight: 1 }] }),
      flag('broken', { strategies: 'x' }),
    );
    expect(set.dynamic).toEqual([]);
    expect([...set.reads]).toEqual([]);
    const outcomes = set.createOutcomes();
    set.evaluate(testContext(), outcomes);
    expect([...outcomes]).toEqual([on, off, on, off, off, on, 2, off]);
  });

  test('a set knows which fields can change an answer', () => {
    const set = compileAll(
      flag('a', { strategies: forUser('x') }),
      flag('b', {
        strategies: [{ name: 'default', constraints: [{ contextName: 'plan', operator: 'IN', values: ['p'] }] }],
      }),
      flag('c', {
        enabled: false,
        strategies: [{ name: 'default', constraints: [{ contextName: 'unread', operator: 'IN', values: ['p'] }] }],
      }),
    );
    expect([...set.reads].sort()).toEqual(['plan', 'userId']);
    expect(set.isRead('sessionId')).toBe(false);
  });

  test('strategies behind one that always holds are not looked at', () => {
    const set = compileAll(flag('a', { strategies: [{ name: 'default' }, ...forUser('x')] }));
    expect(set.dynamic).toEqual([]);
  });
});

describe('parents', () => {
  const parent = flag('parent', { strategies: forUser('alice'), variants: [{ name: 'blue', weight: 1 }] });
  const child = (dependency: object) => flag('child', { dependencies: [{ feature: 'parent', ...dependency }] });
  const alice = testContext({ userId: 'alice' });
  const bob = testContext({ userId: 'bob' });

  test.each<[string, object, string, string]>([
    ['on', {}, 'on', 'off'],
    ['off', { enabled: false }, 'off', 'on'],
    ['with a variant', { variants: ['blue'] }, 'on', 'off'],
    ['with another variant', { variants: ['red'] }, 'off', 'off'],
    ['unknown', { feature: 'nobody' }, 'off', 'off'],
    ['unknown and off', { feature: 'nobody', enabled: false }, 'off', 'off'],
  ])('%s', (_name, dependency, forAlice, forBob) => {
    const document = { features: [child(dependency), parent] };
    expect(answerOf(document, 'child', alice)).toBe(forAlice);
    expect(answerOf(document, 'child', bob)).toBe(forBob);
  });

  test('a parent with parents is never satisfied', () => {
    const features = [child({}), { ...parent, dependencies: [{ feature: 'root' }] }, flag('root')];
    expect(answerOf({ features }, 'child', alice)).toBe('off');
  });

  test('constant parents are folded', () => {
    const features = [flag('child', { dependencies: [{ feature: 'parent' }] }), flag('parent')];
    expect(compileAll(...features).dynamic).toEqual([]);
    expect(answerOf({ features }, 'child', alice)).toBe('on');
  });

  test('parents and children see the same chance', () => {
    let calls = 0;
    const random = () => (calls++ % 2 === 0 ? 0.9 : 0.1);
    const half = [{ name: 'flexibleRollout', parameters: { rollout: '50', stickiness: 'random', groupId: 'g' } }];
    const features = [flag('child', { dependencies: [{ feature: 'parent' }] }), flag('parent', { strategies: half })];
    const set = compile(readDefinitions({ features }), { ...testEnvironment, random });
    for (let i = 0; i < 50; i++) {
      const outcomes = set.createOutcomes();
      set.evaluate(testContext(), outcomes);
      expect(outcomes[0]).toBe(outcomes[1]);
    }
  });
});

describe('variants', () => {
  const variants = [
    { name: 'red', weight: 50, stickiness: 'userId', overrides: [{ contextName: 'userId', values: ['alice'] }] },
    { name: 'blue', weight: 50, stickiness: 'userId' },
  ];

  test('overrides come first', () => {
    expect(answerOf({ features: [flag('f', { variants })] }, 'f', testContext({ userId: 'alice' }))).toBe('red');
  });

  test('a strategy of weight 0 falls back to the flag', () => {
    const strategies = [{ name: 'default', variants: [{ name: 'none', weight: 0 }] }];
    const features = [flag('f', { strategies, variants: [{ name: 'own', weight: 1 }] })];
    expect(answerOf({ features }, 'f', testContext())).toBe('own');
  });

  test('no weight, no variant', () => {
    const features = [flag('f', { variants: [{ name: 'a', weight: 0 }, { name: 'b', weight: 'x' }, null, {}] })];
    expect(answerOf({ features }, 'f', testContext())).toBe('on');
  });

  test('weights decide how often', () => {
    const set = compileAll(
      flag('f', {
        variants: [
          { name: 'a', weight: 900 },
          { name: 'b', weight: 100 },
        ],
      }),
    );
    const outcomes = set.createOutcomes();
    let rare = 0;
    for (let i = 0; i < 2000; i++) {
      set.evaluate(testContext({ userId: `user-${i}` }), outcomes);
      if (outcomes[0] === 3) rare++;
    }
    expect(rare).toBeGreaterThan(140);
    expect(rare).toBeLessThan(260);
  });
});

test('names asked one by one get the answers of the whole', () => {
  const set = compileAll(
    flag('parent', { strategies: forUser('alice') }),
    flag('child', { dependencies: [{ feature: 'parent' }] }),
    flag('other'),
  );
  const whole = set.createOutcomes();
  const context = testContext({ userId: 'alice' });
  set.evaluate(context, whole);
  for (const index of [1, 0, 2]) {
    const single = set.createOutcomes();
    set.begin(single);
    expect(set.answer(index, context, single)).toBe(whole[index]);
  }
  expect(set.indexOf('unknown')).toBe(-1);
});
