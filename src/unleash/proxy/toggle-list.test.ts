import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readDefinitions } from '../definitions/read-document.ts';
import { compile } from '../engine/compile.ts';
import type { FlagSet } from '../engine/flag-set.ts';
import { testContext, testEnvironment } from '../engine/testing.ts';
import { listedToggle } from './toggle-json.ts';
import { type ListKind, ToggleList } from './toggle-list.ts';

function createList(set: FlagSet, kind: ListKind): ToggleList {
  const steps = ToggleList.createInSteps(set, kind, 10_000);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

const strategies = fc.constantFrom<unknown[]>(
  [],
  [{ name: 'default' }],
  [{ name: 'userWithId', parameters: { userIds: 'alice,bob' } }],
  [{ name: 'flexibleRollout', parameters: { rollout: '50', stickiness: 'userId', groupId: 'g' } }],
  [{ name: 'unknown' }],
);
const variants = fc.constantFrom<unknown[]>(
  [],
  [{ name: 'only', weight: 1, payload: { type: 'json', value: '{"a":"ü"}' } }],
  [
    { name: 'a', weight: 1 },
    { name: 'b "quoted"', weight: 1 },
  ],
);
const features = fc.uniqueArray(
  fc.record(
    {
      name: fc.string({ unit: 'grapheme' }),
      enabled: fc.boolean(),
      strategies,
      variants,
      impressionData: fc.boolean(),
    },
    { requiredKeys: ['name', 'enabled', 'strategies'] },
  ),
  { selector: ({ name }) => name, maxLength: 12 },
);

describe('ToggleList', () => {
  test('joins what writing each toggle by itself gives', () => {
    fc.assert(
      fc.property(features, fc.constantFrom('alice', 'carol', undefined), (list, userId) => {
        const set = compile(readDefinitions({ features: list }), testEnvironment);
        const outcomes = set.createOutcomes();
        set.evaluate(testContext({ userId }), outcomes);
        const all = set.flags.map((flag, index) => listedToggle(flag, outcomes[index] as number));
        const enabled = all.filter((_toggle, index) => outcomes[index] !== 0);
        const text = (kind: ListKind) => new TextDecoder().decode(createList(set, kind).entity(outcomes).bytes);
        expect(text('all')).toBe(`{"toggles":[${all.join(',')}]}`);
        expect(text('enabled')).toBe(`{"toggles":[${enabled.join(',')}]}`);
      }),
    );
  });

  test('equal answers give the same reply object once it is worth keeping', () => {
    const document = {
      features: [{ name: 'f', enabled: true, strategies: [{ name: 'userWithId', parameters: { userIds: 'a' } }] }],
    };
    const set = compile(readDefinitions(document), testEnvironment);
    const list = createList(set, 'enabled');
    const ask = (userId: string) => {
      const outcomes = set.createOutcomes();
      set.evaluate(testContext({ userId }), outcomes);
      return list.entity(outcomes);
    };
    ask('x');
    const kept = ask('y');
    expect(ask('z')).toBe(kept);
    expect(ask('a')).not.toBe(kept);
    expect(list.cached.replies).toBe(1);
    expect(list.cached.bytes).toBeGreaterThan(0);
  });
});
