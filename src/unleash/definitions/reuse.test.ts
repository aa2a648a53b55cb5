import { describe, expect, test } from 'vitest';
import { finish } from '../../flags/steps.ts';
import { compile } from '../engine/compile.ts';
import { off, on } from '../engine/outcome.ts';
import { testContext, testEnvironment } from '../engine/testing.ts';
import { readDefinitionsInSteps } from './read-document.ts';
import type { Definitions } from './types.ts';

const inSegment = (id: number) => [{ name: 'default', segments: [id] }];
const forUser = (userIds: string) => [{ name: 'userWithId', parameters: { userIds } }];
const flag = (name: string, strategies: object[], more: object = {}) => ({ name, enabled: true, strategies, ...more });
const segment = (value: string) => ({
  id: 1,
  constraints: [{ contextName: 'plan', operator: 'IN', values: [value] }],
});
const read = (features: object[], segments: object[] = [], before?: Definitions) =>
  finish(readDefinitionsInSteps({ features, segments }, { before }));
const named = ({ features }: Definitions, name: string) => features.find((feature) => feature.name === name);

describe('documents after one another', () => {
  test('flags with the same text are the same flags, and are compiled once', () => {
    const first = read([flag('a', forUser('1')), flag('b', forUser('2')), flag('c', forUser('3'))]);
    const second = read([flag('c', forUser('3')), flag('a', forUser('1')), flag('b', forUser('9'))], [], first);
    expect(named(second, 'a')).toBe(named(first, 'a'));
    expect(named(second, 'b')).not.toBe(named(first, 'b'));
    const [before, after] = [first, second].map((definitions) => compile(definitions, testEnvironment));
    const compiled = (set = before, name = '') => set?.flags[set.indexOf(name)];
    expect(compiled(after, 'a')).toBe(compiled(before, 'a'));
    expect(compiled(after, 'c')).toBe(compiled(before, 'c'));
    expect(compiled(after, 'b')).not.toBe(compiled(before, 'b'));
    expect([...(after?.reads ?? [])]).toEqual(['userId']);
  });

  test('flags that use segments are read again when a segment changed, others are not', () => {
    const features = [flag('a', inSegment(1)), flag('b', forUser('2'))];
    const first = read(features, [segment('free')]);
    const same = read(features, [segment('free')], first);
    expect(same.segments).toBe(first.segments);
    expect(named(same, 'a')).toBe(named(first, 'a'));
    const changed = read(features, [segment('paid')], same);
    expect(named(changed, 'a')).not.toBe(named(first, 'a'));
    expect(named(changed, 'b')).toBe(named(first, 'b'));
    const answer = (definitions: Definitions) => {
      const set = compile(definitions, testEnvironment);
      const outcomes = set.createOutcomes();
      set.evaluate(testContext({}, { plan: 'paid' }), outcomes);
      return outcomes[set.indexOf('a')];
    };
    expect([first, same, changed].map(answer)).toEqual([off, off, on]);
  });

  test('flags with problems are read again, and the problems told again', () => {
    const features = [flag('a', [{}]), flag('b', forUser('2'))];
    const first = read(features);
    const second = read(features, [], first);
    expect(second.issues).toEqual(first.issues);
    expect(second.issues).toHaveLength(1);
    expect(named(second, 'a')).not.toBe(named(first, 'a'));
    expect(named(second, 'b')).toBe(named(first, 'b'));
  });

  test('a parent that changed changes its child, which did not', () => {
    const child = flag('child', [{ name: 'default' }], { dependencies: [{ feature: 'parent' }] });
    const first = read([child, flag('parent', forUser('1'))]);
    const second = read([child, flag('parent', forUser('2'))], [], first);
    const answer = (definitions: Definitions) => {
      const set = compile(definitions, testEnvironment);
      const outcomes = set.createOutcomes();
      set.evaluate(testContext({ userId: '2' }), outcomes);
      return outcomes[set.indexOf('child')];
    };
    expect([first, second].map(answer)).toEqual([off, on]);
  });
});

test('whoever needs everything of a flag gets it once, when it is read', () => {
  const first = read([flag('a', forUser('1')), flag('b', forUser('2'))]);
  const told: [string, unknown][] = [];
  const document = { features: [flag('a', forUser('1')), flag('b', forUser('3'))], segments: [] };
  const next = finish(
    readDefinitionsInSteps(document, {
      before: first,
      whenRead: (feature, whole, segments) => told.push([feature.name, [whole.strategies, segments]]),
    }),
  );
  const strategies = named(next, 'b')?.strategies;
  expect(strategies).toMatchObject([{ parameters: { userIds: '3' } }]);
  expect(told).toEqual([['b', [strategies, next.segments]]]);
});
