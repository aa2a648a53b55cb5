/** Explained answers are served answers: over Flagsmith's own engine data, and over random documents and identities. */
import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { contextOf, identityOf, withoutComments } from '../../../test/flagsmith/engine-data.ts';
import { list, member, object, testData } from '../../../test/flagsmith/vectors.ts';
import { type ExplainedStep, ExplainInputError } from '../../flags/explanation.ts';
import { finish } from '../../flags/steps.ts';
import { compileEnvironment } from '../engine/compile.ts';
import type { Identity } from '../engine/context.ts';
import { loadEnvironment } from '../environment/served-environment.ts';
import { parseJson } from '../json/cursor.ts';
import { encodeJson } from '../json/encode.ts';
import { Float, type Json, type Scalar } from '../json/value.ts';
import { explainFeature, type FeatureExplanation } from './explain-feature.ts';
import { readIdentityQuestion } from './read-question.ts';

function walk(steps: readonly ExplainedStep[]): ExplainedStep[] {
  return steps.flatMap((one) => [one, ...walk(one.steps)]);
}

/** What a simple condition says in the plainest way there is; undefined where types or texts need more than that. */
function plainVerdict({ facts }: ExplainedStep): boolean | undefined {
  const { operator, wanted, seen, seenType, share } = facts as Record<string, unknown>;
  if (operator === 'IS_SET') return seen !== null;
  if (operator === 'IS_NOT_SET') return seen === null;
  if (operator === 'PERCENTAGE_SPLIT') return typeof share === 'number' ? share <= Number(wanted) : false;
  if (seen === null) return false;
  if (seenType === 'text' && typeof wanted === 'string' && !wanted.endsWith(':semver') && !String(seen).includes('…')) {
    if (operator === 'EQUAL') return seen === wanted;
    if (operator === 'NOT_EQUAL') return seen !== wanted;
    if (operator === 'CONTAINS') return String(seen).includes(wanted);
    if (operator === 'NOT_CONTAINS') return !String(seen).includes(wanted);
  }
  if (seenType === 'integer' && typeof wanted === 'string' && /^-?\d{1,9}$/.test(wanted)) {
    const [left, right] = [Number(seen), Number(wanted)];
    if (operator === 'EQUAL') return left === right;
    if (operator === 'NOT_EQUAL') return left !== right;
    if (operator === 'GREATER_THAN') return left > right;
    if (operator === 'GREATER_THAN_INCLUSIVE') return left >= right;
    if (operator === 'LESS_THAN') return left < right;
    if (operator === 'LESS_THAN_INCLUSIVE') return left <= right;
  }
  return undefined;
}

/** What a rule's conditions and inner rules make of it. */
function quantified(type: unknown, parts: readonly ExplainedStep[]): boolean {
  const yes = parts.filter(({ verdict }) => verdict === 'yes').length;
  if (parts.length === 0) return true;
  if (type === 'ALL') return yes === parts.length;
  return type === 'ANY' ? yes > 0 : type === 'NONE' && yes === 0;
}

const reached = new Map<string, number>();

function checkShape(told: FeatureExplanation): void {
  const all = walk(told.steps);
  expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
  const decisive = all.filter((one) => one.decisive);
  expect(decisive).toHaveLength(1);
  expect(['default', 'identity-override', 'segment']).toContain(decisive[0]?.kind);
  expect(decisive[0]?.verdict).not.toBe('no');
  // What decided carries the state that is served.
  expect(decisive[0]?.facts.enabled).toBe(told.answer.enabled);
  const { outcome: _served, ...sent } = told;
  expect(() => JSON.stringify(sent)).not.toThrow();
  for (const one of all) {
    const { kind, verdict, facts, steps } = one;
    reached.set(`${kind} ${verdict}`, (reached.get(`${kind} ${verdict}`) ?? 0) + 1);
    if (kind === 'condition' && facts.problem === undefined) {
      const plain = plainVerdict(one);
      if (plain !== undefined) expect(verdict, one.text).toBe(plain ? 'yes' : 'no');
    }
    if (kind === 'rule' && ['ALL', 'ANY', 'NONE'].includes(String(facts.type))) {
      const conditions = steps.filter((part) => part.kind === 'condition');
      const rules = steps.filter((part) => part.kind === 'rule');
      const both = quantified(facts.type, conditions) && quantified(facts.type, rules);
      expect(verdict).toBe(both ? 'yes' : 'no');
    }
    if (kind === 'segment') {
      expect(verdict).toBe(steps.length > 0 && steps.every((part) => part.verdict === 'yes') ? 'yes' : 'no');
    }
    if (kind === 'split' && typeof facts.share === 'number') {
      const share = facts.share;
      const ranges = facts.ranges as { variant: string | null; from: number; to: number }[];
      const hit = ranges.find(({ from, to }) => share >= from && share < to);
      expect(facts.chosen).toBe(hit === undefined ? 'control' : hit.variant);
    }
  }
}

const plainly = (value: Json): unknown =>
  value instanceof Float ? value.value : typeof value === 'bigint' ? String(value) : value;

describe('engine-test-data', () => {
  it.each(readdirSync('test/data/flagsmith/engine/test_cases'))('%s', (file) => {
    const json = parseJson(withoutComments(testData(`engine/test_cases/${file}`)));
    const asked = object(member(json, 'context'));
    const context = contextOf(asked);
    const compiled = finish(compileEnvironment(context, 'proxy', () => {}));
    const identity: Identity | null = identityOf(asked.get('identity'), context.environment.key);
    const flags = object(member(member(json, 'result'), 'flags'));
    for (const [name, flag] of flags) {
      const told = explainFeature(compiled, 'proxy', name, identity);
      if (told === undefined) throw new Error(`${name} was not explained`);
      checkShape(told);
      expect(told.answer).toMatchObject({
        enabled: member(flag, 'enabled'),
        reason: member(flag, 'reason'),
        variant: object(flag).get('variant') ?? null,
      });
      const value = plainly(member(flag, 'value'));
      if (typeof value !== 'string' || value.length < 100) expect(told.answer.value).toEqual(value);
    }
  });
});

describe('random documents', () => {
  const lines = testData('differential.jsonl').trimEnd().split('\n');

  it.each(lines.map((line, index) => [index, line] as const))('document %i', (_, line) => {
    const [text, cases] = list(parseJson(line));
    for (const mode of ['proxy', 'core'] as const) {
      const { environment } = finish(loadEnvironment([text as string], { mode, details: false }));
      if (environment === null) throw new Error('the document was refused');
      for (const item of list(cases)) {
        const [identifier, traits] = list(item) as [Json, Json];
        const pairs = list(traits) as readonly (readonly [string, Scalar])[];
        const identity = typeof identifier === 'string' ? environment.identity(identifier, pairs) : null;
        const served = environment.outcomes('server', identity);
        for (const { feature } of environment.compiled.features) {
          const told = explainFeature(environment.compiled, mode, feature.name, identity);
          if (told === undefined) throw new Error(`${feature.name} was not explained`);
          checkShape(told);
          const outcome = served.get(feature.name);
          if (outcome === undefined) continue;
          expect(told.outcome.feature).toBe(outcome.feature);
          expect(told.answer).toMatchObject({
            enabled: outcome.feature.enabled,
            reason: outcome.reason,
            variant: outcome.variant,
          });
          expect(encodeJson(told.outcome.value)).toBe(encodeJson(outcome.value));
        }
      }
    }
  });

  it('reach all there is to explain', () => {
    expect([...reached.keys()]).toEqual(
      expect.arrayContaining([
        ...['default info', 'identity-override yes', 'identity-override no', 'segment yes', 'segment no'],
        ...['rule yes', 'rule no', 'condition yes', 'condition no', 'split info'],
      ]),
    );
  });
});

describe('an explanation', () => {
  const state = (name: string, id: number, value: string | null, more: object = {}) => ({
    feature: { id, name, type: 'STANDARD' },
    enabled: true,
    feature_state_value: value,
    django_id: id,
    multivariate_feature_state_values: [],
    ...more,
  });
  const option = (id: number, key: string, percentage_allocation: number) => ({
    id,
    percentage_allocation,
    multivariate_feature_option: { value: key, key },
  });
  const segment = (id: number, priority: number, conditions: object[], value: string) => ({
    id,
    name: `segment-${id}`,
    rules: [{ type: 'ALL', conditions: [], rules: [{ type: 'ANY', conditions, rules: [] }] }],
    feature_states: [state('banner', 1, value, { feature_segment: { priority }, django_id: 100 + id })],
  });
  const document = {
    api_key: 'env',
    name: 'Test',
    project: {
      hide_disabled_flags: false,
      segments: [
        segment(1, 5, [{ property_: 'plan', operator: 'EQUAL', value: 'pro' }], 'for pros'),
        segment(2, 1, [{ property_: 'age', operator: 'GREATER_THAN', value: '17' }], 'for adults'),
        segment(3, 0, [{ property_: 'age', operator: 'REGEX', value: '(' }], 'for nobody'),
      ],
    },
    feature_states: [
      state('banner', 1, 'for all'),
      state('colour', 2, 'grey', { multivariate_feature_state_values: [option(1, 'red', 30), option(2, 'blue', 30)] }),
    ],
    identity_overrides: [{ identifier: 'vip', identity_features: [state('banner', 1, 'for you', { django_id: 900 })] }],
  };
  const load = (mode: 'proxy' | 'core') => {
    const { environment } = finish(loadEnvironment([JSON.stringify(document)], { mode, details: false }));
    if (environment === null) throw new Error('refused');
    return environment;
  };
  const explained = (
    name: string,
    identifier: string | null,
    traits: [string, Scalar][] = [],
    mode: 'proxy' | 'core' = 'proxy',
  ) => {
    const environment = load(mode);
    const identity = identifier === null ? null : environment.identity(identifier, traits);
    return explainFeature(environment.compiled, mode, name, identity);
  };

  it('tells the segments in order, what they saw, and which override wins', () => {
    const told = explained('banner', 'ann', [
      ['plan', 'pro'],
      ['age', '18'],
    ]);
    expect(told?.answer).toMatchObject({
      enabled: true,
      value: 'for adults',
      reason: 'TARGETING_MATCH; segment=segment-2',
    });
    expect(told?.because).toBe(
      'segment 2 "segment-2" matches and overrides it, with the lowest priority of those that match (1)',
    );
    expect(told?.steps.map(({ kind, verdict, decisive }) => [kind, verdict, decisive])).toEqual([
      ['default', 'info', false],
      ['identity-override', 'no', false],
      ['segment', 'yes', false],
      ['segment', 'yes', true],
      ['segment', 'no', false],
    ]);
    const texts = walk(told?.steps ?? []).map(({ text }) => text);
    expect(texts).toContain('"plan" EQUAL "pro": saw "pro" (text)');
    expect(texts).toContain('"age" GREATER_THAN "17": saw 18 (integer)');
    expect(texts.find((text) => text.includes('REGEX'))).toContain('the pattern cannot be used');
  });

  it('puts an identity before all segments', () => {
    const told = explained('banner', 'vip', [['age', 50]]);
    expect(told?.answer.value).toBe('for you');
    expect(told?.steps.find(({ decisive }) => decisive)?.kind).toBe('identity-override');
  });

  it('tells where an identity falls among the variants', () => {
    const told = explained('colour', 'ann');
    const split = told?.steps.find(({ kind }) => kind === 'split');
    expect(split?.text).toMatch(
      /^Variants by identity key "env_ann": at [\d.]+ %, (variant (red|blue)|beside all variants: control) \(red 0–30, blue 30–60\)$/,
    );
    expect(explained('colour', null)?.steps.at(-1)?.text).toContain('are for identities');
  });

  it('asks no segments without an identity where core would not', () => {
    expect(explained('banner', null)?.steps.map(({ kind }) => kind)).toEqual([
      'default',
      'segment',
      'segment',
      'segment',
    ]);
    const core = explained('banner', null, [], 'core');
    expect(core?.steps.map(({ kind }) => kind)).toEqual(['default']);
    expect(core?.notes).toEqual([expect.stringContaining('core API')]);
  });

  it('there is none for a feature that does not exist', () => expect(explained('nothing', 'ann')).toBeUndefined());

  it.each([
    ['{"context":{}}', null],
    ['{}', null],
    ['{"context":{"identifier":"ann","traits":{"age":1.0}}}', 'ann'],
    ['{"context":{"identifier":"ann","traits":[{"trait_key":"age","trait_value":1}]}}', 'ann'],
  ])('reads %s', (body, identifier) => expect(readIdentityQuestion(body)?.identifier ?? null).toBe(identifier));

  it.each([
    ['{"context":7}', '"context" has to be an object'],
    ['{"context":{"userId":"1"}}', '"context" knows no "userId"'],
    ['{"context":{"identifier":1}}', 'context.identifier: Input should be a valid string'],
    ['{"context":{"identifier":"a","traits":{"x":{}}}}', 'context.traits.0.trait_value'],
    ['{"context":{"identifier":"a","traits":7}}', 'context.traits: Input should be a valid list'],
  ])('refuses %s', (body, message) => {
    expect(() => readIdentityQuestion(body)).toThrow(ExplainInputError);
    expect(() => readIdentityQuestion(body)).toThrow(message);
  });

  it('keeps the types that conditions go by', () => {
    const traits = readIdentityQuestion('{"context":{"identifier":"a","traits":{"x":1.0,"y":1,"z":null}}}')?.traits;
    expect(traits).toEqual([
      ['x', new Float(1)],
      ['y', 1],
      ['z', null],
    ]);
  });
});
