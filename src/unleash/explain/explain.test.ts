/** Explained answers are served answers, over generated definitions and over those of the client specification. */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ExplainedStep } from '../../flags/explanation.ts';
import { toEvaluationContext } from '../context/evaluation-context.ts';
import { sortContext } from '../context/raw-context.ts';
import { applyDelta } from '../definitions/delta.ts';
import { readDefinitions } from '../definitions/read-document.ts';
import { prepareForYggdrasil } from '../edge/environments/yggdrasil.ts';
import { compile } from '../engine/compile.ts';
import type { Context } from '../engine/context.ts';
import { firstVariant, off } from '../engine/outcome.ts';
import type { EngineEnvironment } from '../engine/strategies/types.ts';
import { testContext, testEnvironment } from '../engine/testing.ts';
import { type EngineExplanation, type ExplainedSet, explainAnswer } from './explain.ts';
import { plainVerdict } from './testing.ts';

const nowMs = Date.parse('2026-03-01T12:00:00Z');

function servedSet(state: unknown, semantics: 'node' | 'yggdrasil'): ExplainedSet {
  const isDelta = (state as { events?: unknown }).events !== undefined;
  const read = readDefinitions(isDelta ? applyDelta(undefined, state).document : state);
  const definitions = semantics === 'yggdrasil' ? prepareForYggdrasil(read) : read;
  const environment: EngineEnvironment = { ...testEnvironment, now: () => nowMs, semantics };
  const byName = new Map(definitions.features.map((feature) => [feature.name, feature]));
  return {
    set: compile(definitions, environment),
    environment,
    feature: (name) => byName.get(name),
    segments: definitions.segments,
    problem: (name) => definitions.issues.find(({ subject }) => subject === name)?.message,
  };
}

function answerOf({ set }: ExplainedSet, name: string, context: Context): { enabled: boolean; variant: string | null } {
  const outcomes = set.createOutcomes();
  set.evaluate(context, outcomes);
  const index = set.indexOf(name);
  const outcome = outcomes[index] as number;
  return { enabled: outcome !== off, variant: set.flags[index]?.variants[outcome - firstVariant]?.name ?? null };
}

function walk(steps: readonly ExplainedStep[]): ExplainedStep[] {
  return steps.flatMap((one) => [one, ...walk(one.steps)]);
}

/** What holds for every explanation, whatever it explains. */
function checkShape(explanation: EngineExplanation, context: Context, exact: boolean): void {
  const all = walk(explanation.steps);
  expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
  const decisive = all.filter((one) => one.decisive);
  expect(decisive).toHaveLength(1);
  expect(decisive[0]?.verdict).toBe(explanation.answer.enabled ? 'yes' : 'no');
  expect(() => JSON.stringify(explanation)).not.toThrow();
  for (const one of all) {
    expect(one.text).not.toBe('');
    const { facts, steps, verdict, kind } = one;
    if (kind === 'constraint' && facts.problem === undefined) {
      const plain = plainVerdict(one, context, nowMs, exact);
      if (plain !== undefined) expect(verdict, one.text).toBe(plain ? 'yes' : 'no');
    }
    if (kind === 'strategy' && verdict !== 'skipped' && steps.length > 0) {
      expect(verdict).toBe(steps.every((part) => part.verdict === 'yes') ? 'yes' : 'no');
    }
    if (kind === 'segment' && steps.length > 0) {
      expect(verdict).toBe(steps.every((part) => part.verdict === 'yes') ? 'yes' : 'no');
    }
    if (kind === 'bucket' && typeof facts.bucket === 'number') {
      expect(facts.bucket).toBe(((facts.hash as number) % 100) + 1);
      expect(verdict).toBe(facts.bucket <= (facts.percentage as number) ? 'yes' : 'no');
    }
    if (kind === 'weights' && typeof facts.bucket === 'number') {
      const bucket = facts.bucket;
      const ranges = facts.ranges as { name: string; from: number; to: number }[];
      expect(ranges.find(({ from, to }) => bucket >= from && bucket <= to)?.name).toBe(facts.chosen);
    }
  }
}

const fieldNames = ['userId', 'sessionId', 'country', 'version', 'age', 'appName', 'remoteAddress', 'currentTime'];
const field = fc.constantFrom(...fieldNames);
const word = fc.constantFrom('a', 'A', 'b', 'no', 'NO', 'norway', '', '7', '18', '1.2.3', '1.2.4-beta', 'v1.2.3', 'ø');
const dates = fc.constantFrom('2026-01-01T00:00:00Z', '2026-12-31T00:00:00.000Z', 'nonsense');
const constraint = fc
  .record({
    contextName: field,
    operator: fc.constantFrom(
      ...['IN', 'NOT_IN', 'STR_STARTS_WITH', 'STR_ENDS_WITH', 'STR_CONTAINS', 'NUM_EQ', 'NUM_GT', 'NUM_GTE', 'NUM_LT'],
      ...['NUM_LTE', 'SEMVER_EQ', 'SEMVER_GT', 'SEMVER_LTE', 'DATE_AFTER', 'DATE_BEFORE', 'REGEX', 'LATER_OPERATOR'],
    ),
    values: fc.array(word, { maxLength: 4 }),
    value: word,
    date: dates,
    inverted: fc.boolean(),
    caseInsensitive: fc.boolean(),
  })
  .map(({ date, ...rest }) => {
    if (rest.operator.startsWith('DATE_')) return { ...rest, value: date };
    return rest.operator === 'REGEX' ? { ...rest, value: '^[a-n]+' } : rest;
  });
const variants = fc.array(
  fc.record({
    name: fc.constantFrom('red', 'green', 'blue', 'disabled'),
    weight: fc.constantFrom(0, 1, 333, 500, 1000),
    stickiness: fc.constantFrom('default', 'userId', 'country'),
    payload: fc.option(fc.constantFrom({ type: 'string', value: 'x' }), { nil: undefined }),
    overrides: fc.array(fc.record({ contextName: field, values: fc.array(word, { maxLength: 3 }) }), { maxLength: 1 }),
  }),
  { maxLength: 4 },
);
const strategy = fc.record({
  name: fc.constantFrom(
    ...['default', 'userWithId', 'remoteAddress', 'applicationHostname', 'flexibleRollout', 'flexibleRollout'],
    ...['gradualRolloutUserId', 'gradualRolloutSessionId', 'unheardOf'],
  ),
  parameters: fc.record(
    {
      rollout: fc.constantFrom('0', '1', '50', '99', '100', 'x'),
      percentage: fc.constantFrom('0', '50', '100'),
      groupId: fc.constantFrom('g', 'checkout', ''),
      stickiness: fc.constantFrom('userId', 'sessionId', 'country'),
      userIds: fc.constantFrom('', 'a,b', 'no'),
      IPs: fc.constantFrom('10.0.0.0/8', '10.1.1.1', '::1'),
      hostNames: fc.constantFrom('this-host', 'other'),
    },
    { requiredKeys: [] },
  ),
  constraints: fc.array(constraint, { maxLength: 3 }),
  segments: fc.array(fc.constantFrom(1, 2, 99), { maxLength: 2 }),
  variants,
});
const feature = (name: string, parents: readonly string[]) =>
  fc.record({
    name: fc.constant(name),
    enabled: fc.oneof({ weight: 9, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
    strategies: fc.oneof(
      {
        weight: 20,
        arbitrary: fc.array(fc.oneof({ weight: 20, arbitrary: strategy }, fc.constant(null)), { maxLength: 4 }),
      },
      { weight: 1, arbitrary: fc.constant('broken' as never) },
    ),
    variants,
    dependencies: fc.array(
      fc.record({
        feature: fc.constantFrom(...parents, 'missing'),
        enabled: fc.boolean(),
        variants: fc.constantFrom([], ['red'], ['disabled']),
      }),
      { maxLength: parents.length === 0 ? 0 : 2 },
    ),
  });
const document = fc.record({
  features: fc.tuple(feature('parent', []), feature('middle', ['parent']), feature('child', ['parent', 'middle'])),
  segments: fc.tuple(
    fc.record({ id: fc.constant(1), name: fc.constant('one'), constraints: fc.array(constraint, { maxLength: 2 }) }),
    fc.record({ id: fc.constant(2), constraints: fc.array(constraint, { maxLength: 2 }) }),
  ),
});
// Sessions and users are always there: without them chance decides, which is tested on its own.
const context = fc
  .record({
    userId: fc.constantFrom('a', 'b', 'no', '7', 'user-12', 'user-77'),
    sessionId: fc.constantFrom('s1', 's2'),
    remoteAddress: fc.constantFrom(undefined, '10.1.1.1', '::1', 'x'),
    currentTime: fc.constantFrom(undefined, new Date('2025-06-01T00:00:00Z')),
    country: fc.option(word, { nil: undefined }),
    version: fc.option(word, { nil: undefined }),
    age: fc.option(word, { nil: undefined }),
  })
  .map(({ country, version, age, ...fields }) => {
    const made = testContext(fields);
    for (const [name, value] of Object.entries({ country, version, age })) {
      if (value !== undefined) made.properties[name] = value;
    }
    return made;
  });

describe.each(['node', 'yggdrasil'] as const)('explained answers are served answers, %s', (semantics) => {
  test('over generated definitions and contexts', () => {
    const kinds = new Set<string>();
    fc.assert(
      fc.property(document, context, (definitions, asked) => {
        const served = servedSet(JSON.parse(JSON.stringify(definitions)), semantics);
        for (const { name } of definitions.features) {
          const told = explainAnswer(served, name, asked);
          if (told === undefined) throw new Error(`${name} was not explained`);
          expect({ enabled: told.answer.enabled, variant: told.answer.variant }).toEqual(answerOf(served, name, asked));
          checkShape(told, asked, semantics === 'yggdrasil');
          for (const { kind } of walk(told.steps)) kinds.add(kind);
        }
      }),
      { numRuns: 1_500 },
    );
    // The test would say nothing if the generated cases did not reach all there is to explain.
    const reached = [
      'switch',
      'parent',
      'strategies',
      'strategy',
      'segment',
      'constraint',
      'bucket',
      'list',
      'always',
      'own',
    ];
    expect([...kinds]).toEqual(
      expect.arrayContaining(
        [...reached, 'unknown', 'variants', 'override', 'weights'].filter(
          (kind) => semantics === 'node' || kind !== 'unknown',
        ),
      ),
    );
  });
});

describe('the client specification', () => {
  const folder = join(
    dirname(createRequire(import.meta.url).resolve('@unleash/client-specification')),
    'specifications',
  );
  const files = readdirSync(folder).filter((name) => /^\d.*\.json$/.test(name));
  interface Specification {
    readonly state: unknown;
    readonly tests?: readonly { toggleName: string; context: Record<string, unknown>; expectedResult: boolean }[];
    readonly variantTests?: readonly {
      toggleName: string;
      context: Record<string, unknown>;
      expectedResult: { name: string; feature_enabled?: boolean };
    }[];
  }

  test.each(files)('%s', (file) => {
    const {
      state,
      tests = [],
      variantTests = [],
    } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Specification;
    for (const semantics of ['node', 'yggdrasil'] as const) {
      const served = servedSet(state, semantics);
      for (const { toggleName, context: sent, ...row } of [...tests, ...variantTests]) {
        const asked = toEvaluationContext(sortContext(sent, undefined), { appName: 'x', environment: undefined });
        const told = explainAnswer(served, toggleName, asked);
        if (told === undefined) {
          expect(served.set.indexOf(toggleName)).toBe(-1);
          continue;
        }
        checkShape(told, asked, semantics === 'yggdrasil');
        const { expectedResult } = row;
        if (typeof expectedResult === 'boolean') expect(told.answer.enabled).toBe(expectedResult);
        else if (expectedResult.name !== 'disabled') expect(told.answer.variant).toBe(expectedResult.name);
      }
    }
    expect(tests.length + variantTests.length).toBeGreaterThan(0);
  });
});

describe('an explanation', () => {
  const definitions = {
    features: [
      {
        name: 'checkout',
        enabled: true,
        strategies: [
          {
            name: 'flexibleRollout',
            parameters: { rollout: '50', stickiness: 'userId', groupId: 'checkout' },
            constraints: [{ contextName: 'country', operator: 'IN', values: ['NO', 'SE'] }],
          },
          { name: 'userWithId', parameters: { userIds: 'alice' } },
        ],
        variants: [
          { name: 'blue', weight: 500, stickiness: 'default', overrides: [{ contextName: 'userId', values: ['bob'] }] },
          { name: 'green', weight: 500, stickiness: 'default' },
        ],
      },
      { name: 'dice', enabled: true, strategies: [{ name: 'gradualRolloutRandom', parameters: { percentage: '50' } }] },
      { name: 'own', enabled: true, strategies: [{ name: 'moon' }] },
      { name: 'asOwn', enabled: true, strategies: [{ name: 'default' }], dependencies: [{ feature: 'own' }] },
    ],
  };
  const explained = (
    name: string,
    fields: Partial<Context>,
    properties: Record<string, unknown> = {},
    environment: Partial<EngineEnvironment> = {},
  ) => {
    const served = servedSet(definitions, 'node');
    const whole = { ...served.environment, ...environment };
    const set = compile(readDefinitions(definitions), whole);
    return explainAnswer({ ...served, set, environment: whole }, name, testContext(fields, properties));
  };

  test('tells the value seen, the bucket and the variant', () => {
    const told = explained('checkout', { userId: 'alice' }, { country: 'DK' });
    expect(told?.answer).toEqual({ enabled: true, visible: true, variant: expect.any(String), reason: 'SPLIT' });
    expect(told?.because).toBe('strategy 2 (userWithId) holds: users ["alice"]: saw "alice"');
    expect(told?.steps.map(({ id, kind, verdict }) => [id, kind, verdict])).toEqual([
      ['1', 'switch', 'yes'],
      ['2', 'strategy', 'no'],
      ['3', 'strategy', 'yes'],
      ['4', 'variants', 'info'],
    ]);
    expect(told?.steps[1]?.steps.map(({ text }) => text)).toEqual([
      'country IN ["NO", "SE"]: saw "DK"',
      'flexibleRollout itself, not asked: a condition does not hold',
    ]);
    expect(told?.steps[3]?.steps.at(-1)?.text).toMatch(
      /"alice" is in bucket \d+ of 1000 \(blue 1–500, green 501–1000\)/,
    );
  });

  test('names an override and stops at it', () => {
    const told = explained('checkout', { userId: 'bob' }, { country: 'NO' });
    expect(told?.steps.find(({ kind }) => kind === 'bucket')).toBeUndefined();
    const variantsStep = told?.steps.find(({ kind }) => kind === 'variants');
    if (told?.answer.enabled) expect(variantsStep?.steps.map(({ kind }) => kind)).toEqual(['override']);
  });

  test('says where chance had a part, and what was drawn decides', () => {
    const yes = explained('dice', {}, {}, { random: () => 0.1 });
    expect(yes).toMatchObject({
      answer: { enabled: true, reason: 'SPLIT' },
      notes: [expect.stringContaining('Chance')],
    });
    expect(walk(yes?.steps ?? []).find(({ kind }) => kind === 'chance')?.facts).toEqual({ percentage: 50, drawn: 0.1 });
    expect(explained('dice', {}, {}, { random: () => 0.9 })?.answer.enabled).toBe(false);
  });

  test('leaves code from outside opaque, also behind a parent, and asks it no more than a request would', () => {
    let calls = 0;
    const moon = () => {
      calls++;
      return true;
    };
    const told = explained('asOwn', {}, {}, { customStrategies: new Map([['moon', moon]]) });
    expect(told).toMatchObject({ answer: { enabled: true }, notes: [expect.stringContaining('code from outside')] });
    expect(calls).toBe(1);
    expect(explained('own', {})?.answer).toMatchObject({ enabled: false, variant: null, reason: 'DEFAULT' });
  });

  test('there is none for a flag that does not exist', () => expect(explained('nothing', {})).toBeUndefined());

  test('is bounded, whatever the definition', () => {
    const many = Array.from({ length: 100 }, (_, i) => String(i).repeat(300));
    const list = Array.from({ length: 300 }, () => ({ contextName: 'userId', operator: 'NOT_IN', values: many }));
    const lists = Array.from({ length: 6 }, () => ({ name: 'x', constraints: list }));
    const strategies = Array.from({ length: 300 }, () => ({
      name: 'userWithId',
      parameters: { userIds: many.join() },
    }));
    const big = {
      features: [{ name: 'big', enabled: true, strategies: [...lists, ...strategies] }],
    };
    const told = explainAnswer(servedSet(big, 'node'), 'big', testContext({ userId: 'u'.repeat(100_000) }));
    expect(JSON.stringify(told).length).toBeLessThan(3_000_000);
    const all = walk(told?.steps ?? []);
    expect(all.filter(({ decisive }) => decisive)).toHaveLength(1);
    expect(all.find(({ kind }) => kind === 'omitted')?.text).toMatch(/^\d+ more steps/);
  });
});
