import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { finish } from '../../../flags/steps.ts';
import { encodeJson } from '../../json/encode.ts';
import { Float, type Json, type Scalar } from '../../json/value.ts';
import { type CompiledSegment, compileEnvironment } from '../compile.ts';
import { type ConditionContext, createIdentity, type FeatureContext, type RuleContext } from '../context.ts';
import { Evaluation } from '../evaluate.ts';
import { lowest } from './marks.ts';
import { SegmentIndex } from './segment-index.ts';

const environment = { key: 'env', name: 'Production' };
const when = (property: string, operator: string, value: Json): ConditionContext => ({ property, operator, value });
const all = (...conditions: ConditionContext[]): RuleContext => ({ type: 'ALL', conditions, rules: [] });
const any = (...conditions: ConditionContext[]): RuleContext => ({ type: 'ANY', conditions, rules: [] });

/** Positions of the segments, one per rule, that are found. */
function found(rules: readonly RuleContext[], traits: readonly (readonly [string, Scalar])[], identifier = 'ann') {
  const index = finish(
    SegmentIndex.create(
      rules.map((rule) => [rule]),
      environment,
    ),
  );
  return positions(index.find(createIdentity('env', identifier, traits)));
}

function positions(marks: Int32Array): number[] {
  const list: number[] = [];
  marks.forEach((word, i) => {
    for (let rest = word; rest !== 0; rest &= rest - 1) list.push(i * 32 + lowest(rest));
  });
  return list;
}

describe('segments are found', () => {
  it('by the one value they want, and by no other', () => {
    const rules = Array.from({ length: 100 }, (_, i) => all(when('tenant', 'EQUAL', `t${i}`)));
    expect(found(rules, [['tenant', 't31']])).toEqual([31]);
    expect(found(rules, [['tenant', 't99']])).toEqual([99]);
    expect(found(rules, [['tenant', 'other']])).toEqual([]);
    expect(found(rules, [])).toEqual([]);
    // a boolean equals every text but "false"
    expect(found(rules, [['tenant', true]])).toHaveLength(100);
  });

  const rows: [string, Json, Scalar, boolean][] = [
    ['EQUAL', '7', 7, true],
    ['EQUAL', '7', '007', true],
    ['EQUAL', ' +7 ', 7, true],
    ['EQUAL', '7.0', 7, true],
    ['EQUAL', '7.0', new Float(7), true],
    ['EQUAL', '1e3', new Float(1000), true],
    ['EQUAL', '7', 8, false],
    ['EQUAL', '-0', 0, true],
    ['EQUAL', 'false', false, true],
    ['EQUAL', 'false', true, false],
    ['EQUAL', '123456789012345678901234567890', 123456789012345678901234567890n, true],
    ['EQUAL', new Float(2.5), 2, true],
    ['EQUAL', null, 'None', true],
    ['IN', 'a,b,7', 'b', true],
    ['IN', 'a,b,7', 7, true],
    ['IN', '["a", 7]', 7, true],
    ['IN', [1, 2, 'x'], 2, true],
    ['IN', 'a,b,7', 'c', false],
    ['IN', 'a,b,true', true, false],
    ['GREATER_THAN', '18', new Float(18.5), true],
    ['GREATER_THAN', '18', 17, false],
    ['GREATER_THAN', '18', 'text', true],
    ['GREATER_THAN_INCLUSIVE', new Float(13.5), 13, true],
    ['LESS_THAN', '18', 17, true],
    ['LESS_THAN', '18', new Float(18.5), false],
    ['LESS_THAN', '18', 99999999999999999999n, false],
    ['LESS_THAN', '18', new Float(Number.NaN), false],
    ['LESS_THAN', new Float(13.5), new Float(13.2), true],
    ['GREATER_THAN_INCLUSIVE', 'inf', new Float(Number.POSITIVE_INFINITY), true],
    ['LESS_THAN_INCLUSIVE', '-inf', new Float(Number.NEGATIVE_INFINITY), true],
    ['GREATER_THAN', 'nan', 1, true],
    ['GREATER_THAN', '1.2.0:semver', '1.3.0', true],
    ['GREATER_THAN', '1.2.0:semver', '1.2.0-rc.1', false],
    ['LESS_THAN', '1.2.0:semver', '1.10.0', false],
    ['EQUAL', '1.2.0:semver', '1.2.0+build', true],
    ['EQUAL', '1.2.0:semver', 'text', false],
    ['EQUAL', '1.2.0:semver', 2, false],
    ['EQUAL', '1.2.0:semver', true, true],
    ['EQUAL', 'broken:semver', '1.0.0', true],
    ['IS_SET', '', 'x', true],
    ['REGEX', '^a[0-9]+@lab', 'a@lab', true],
    ['REGEX', '^a[0-9]+@lab', 'a1@lap', false],
    ['REGEX', '^a[0-9]+@lab', `a1@lap${'x'.repeat(2_000)}`, true],
    ['REGEX', '^(?=.*b)[a-z]+@lab', 'b', false],
    ['REGEX', '(?i)^A@LAB', 'b', true],
    ['REGEX', '^1', 2, true],
    ['CONTAINS', 'a', 'cab', true],
    ['CONTAINS', 'a', 'b', false],
    ['CONTAINS', 7, '6,7', true],
    ['CONTAINS', 'a', true, true],
    ['CONTAINS', '', 'b', true],
    ['NOT_CONTAINS', 'a', 'cab', true],
    ['PERCENTAGE_SPLIT', '5', 'b', true],
    ['LATER_OPERATOR', '5', 'b', true],
  ];
  const titled = rows.map(([operator, wanted, seen, expected]) => {
    const title = `${operator} ${encodeJson(wanted)} with ${encodeJson(seen)}: ${expected}`;
    return [title, all(when('t', operator, wanted)), seen, expected] as const;
  });
  it('by a text that many of them look for, up to so many texts', () => {
    const rules = Array.from({ length: 1_200 }, (_, i) => all(when('email', 'CONTAINS', `@org${i}.`)));
    expect(found(rules.slice(0, 900), [['email', 'ann@org31.example']])).toEqual([31]);
    expect(found(rules, [['email', 'ann@org31.example']])).toEqual([
      31,
      ...Array.from({ length: 200 }, (_, i) => 1_000 + i),
    ]);
    const same = Array.from({ length: 50 }, (_, i) =>
      all(when('email', 'REGEX', `^qa-${i}-[0-9]+@laboratory[.]example$`)),
    );
    expect(found(same, [['email', 'ann@org31.example']])).toEqual([]);
    expect(found(same, [['email', 'ann@laboratory']])).toHaveLength(50);
  });

  it.each(titled)('%s', (_, rule, seen, expected) => {
    expect(found([rule], [['t', seen]])).toEqual(expected ? [0] : []);
    expect(found([rule], [['other', seen]])).toEqual([]);
  });

  it('always where nothing is required', () => {
    const rules: RuleContext[] = [
      all(),
      any(),
      all(when('t', 'IS_NOT_SET', '')),
      all(when('', 'PERCENTAGE_SPLIT', '5')),
      { type: 'NONE', conditions: [when('t', 'EQUAL', 'x')], rules: [] },
      { type: 'SOME', conditions: [when('t', 'EQUAL', 'x')], rules: [] },
      any(when('t', 'EQUAL', 'x'), when('u', 'IS_NOT_SET', '')),
      { type: 'ANY', conditions: [], rules: [all(when('t', 'EQUAL', 'x')), all()] },
      all(when('$..identifier', 'EQUAL', 'x')),
      all(when('$.identity.traits.t', 'EQUAL', 'x')),
      all(when('$.environment.name', 'EQUAL', 'Production')),
    ];
    expect(found(rules, [])).toEqual(rules.map((_, i) => i));
  });

  it('by what few others require', () => {
    const everybody = [when('email', 'CONTAINS', '@'), when('plan', 'EQUAL', 'pro'), when('age', 'GREATER_THAN', '3')];
    const rules = ['EQUAL', 'IN', 'IS_SET'].flatMap((operator, i) =>
      [0, 1].map((j) => all(...everybody, when(operator === 'IS_SET' ? `own-${j}` : `t${i}`, operator, `v${j}`))),
    );
    const traits: [string, Scalar][] = [
      ['email', 'a@b'],
      ['plan', 'pro'],
      ['age', 30],
    ];
    expect(found(rules, traits)).toEqual([]);
    expect(found(rules, [...traits, ['t0', 'v1']])).toEqual([1]);
    expect(found(rules, [...traits, ['t1', 'v0']])).toEqual([2]);
    expect(found(rules, [...traits, ['own-1', 'x']])).toEqual([5]);
  });

  it('by the bound that is harder to reach than others', () => {
    const rules = [20, 30, 40, 500].map((age) => all(when('plan', 'EQUAL', 'pro'), when('age', 'GREATER_THAN', age)));
    const versions = ['1.0.0', '2.0.0', '99.0.0'].map((version) =>
      all(when('plan', 'EQUAL', 'pro'), when('app', 'GREATER_THAN', `${version}:semver`)),
    );
    const traits: [string, Scalar][] = [
      ['plan', 'pro'],
      ['age', 35],
      ['app', '2.1.0'],
    ];
    expect(found([...rules, ...versions], traits)).toEqual([0, 1, 4, 5]);
  });

  it('by each alternative', () => {
    const rules: RuleContext[] = [
      any(when('a', 'EQUAL', '1'), when('b', 'IN', 'x,y')),
      { type: 'ANY', conditions: [], rules: [all(when('a', 'EQUAL', '2')), any(when('b', 'EQUAL', 'z'))] },
    ];
    expect(found(rules, [['a', 1]])).toEqual([0]);
    expect(found(rules, [['b', 'y']])).toEqual([0]);
    expect(found(rules, [['b', 'z']])).toEqual([1]);
    expect(found(rules, [['b', 'w']])).toEqual([]);
  });

  it('by the property alone where there are very many alternatives', () => {
    const many = Array.from({ length: 1_000 }, (_, i) => when('id', 'EQUAL', `u${i}`));
    expect(found([any(...many)], [['id', 'none of them']])).toEqual([0]);
    expect(found([any(...many)], [['other', 'x']])).toEqual([]);
    expect(found([any(...many.map((one, i) => ({ ...one, property: `p${i}` })))], [])).toEqual([0]);
    expect(found([all(when('id', 'IN', many.map(({ value }) => value).join(',')))], [['id', 'nobody']])).toEqual([0]);
  });

  it('by identifier, key and environment', () => {
    const rules = [
      all(when('$.identity.identifier', 'EQUAL', 'ann')),
      all(when('$.identity.key', 'EQUAL', 'env_ann')),
      all(when('$.identity.identifier', 'EQUAL', '7')),
      all(when('$.environment.name', 'EQUAL', 'Staging')),
    ];
    expect(found(rules, [])).toEqual([0, 1]);
    expect(found(rules, [], '007')).toEqual([2]);
    expect(found(rules, [['$.environment.name', 'Staging']], 'bob')).toEqual([3]);
  });
});

// values that are nearly equal meet in one document
const families: readonly (readonly Scalar[])[] = [
  ['7', '007', '7.0', ' 7', '+7', '7.5', '[7]', '6,7', 7, 6, new Float(7), new Float(7.5), new Float(6.5), true, null],
  ['0', '-0', '0.0', 'false', 'False', 'true', 'nan', 0, new Float(-0), new Float(Number.NaN), false, true, 1],
  ['99999999999999999999', '1e20', '99999999999999999999.0', 99999999999999999999n, new Float(1e20), 2n ** 53n, 'inf'],
  ['1.2.3', '1.2.3-rc.1', '1.2.3+b', '1.10.0', '1.2.3:semver', '1.10.0:semver', '1.2:semver', '1.2', true, 2],
  ['ann', 'bob', 'ann,bob', '["ann", 7]', '', '[ann', 'env_ann', 'Production', 'true', true, 7, '7'],
];
const names = fc.constantFrom(
  't',
  'u',
  'v',
  '',
  '$.identity.identifier',
  '$.identity.key',
  '$.environment.name',
  '$.x',
);
const operators = fc.constantFrom(
  ...['EQUAL', 'EQUAL', 'IN', 'IN', 'NOT_EQUAL', 'GREATER_THAN', 'GREATER_THAN_INCLUSIVE', 'LESS_THAN'],
  ...['LESS_THAN_INCLUSIVE', 'CONTAINS', 'NOT_CONTAINS', 'REGEX', 'MODULO', 'IS_SET', 'IS_NOT_SET', 'PERCENTAGE_SPLIT'],
);
function ruleOf(family: readonly Scalar[]): fc.Arbitrary<RuleContext> {
  const scalar = fc.constantFrom(...family);
  const value: fc.Arbitrary<Json> = fc.oneof(
    { weight: 6, arbitrary: scalar },
    { weight: 1, arbitrary: fc.array(scalar, { maxLength: 3 }) },
  );
  const conditions = fc.record({ property: names, operator: operators, value });
  const leaf = fc.record({
    type: fc.constantFrom('ALL', 'ANY', 'NONE'),
    conditions: fc.array(conditions, { maxLength: 3 }),
    rules: fc.constant([]),
  });
  return fc.record({
    type: fc.constantFrom('ALL', 'ALL', 'ANY', 'NONE', 'SOME'),
    conditions: fc.array(conditions, { maxLength: 2 }),
    rules: fc.array(leaf, { maxLength: 2 }),
  });
}

const state = (name: string, value: Json, priority: number): FeatureContext => {
  return { key: '1', name, id: 1, enabled: true, value, variants: [], priority };
};
const features = ['a', 'b', 'c'];
const made = fc.constantFrom(...families).chain((family) => {
  const segment = fc.record({
    rules: fc.array(ruleOf(family), { minLength: 1, maxLength: 2 }),
    feature: fc.constantFrom(...features),
    priority: fc.constantFrom(1, 2, Number.POSITIVE_INFINITY),
  });
  const identity = fc.record({
    identifier: fc.constantFrom('ann', '7', '007', '7.5', ''),
    traits: fc.array(fc.tuple(names, fc.constantFrom(...family)), { maxLength: 4 }),
  });
  return fc.record({
    segments: fc.array(segment, { minLength: 1, maxLength: 40 }),
    identities: fc.array(fc.option(identity), { minLength: 1, maxLength: 8 }),
  });
});

it('what is found gives the answers that asking every segment in order gives', () => {
  let overridden = 0;
  const check = fc.property(made, ({ segments, identities }) => {
    const context = {
      environment,
      features: features.map((name) => state(name, 'own', Number.POSITIVE_INFINITY)),
      segments: segments.map(({ rules, feature, priority }, i) => {
        return { key: String(i), name: `s${i}`, rules, overrides: [state(feature, i, priority)] };
      }),
      identityOverrides: [],
    };
    const compiled = finish(compileEnvironment(context, 'proxy', () => {}));
    const evaluation = new Evaluation(compiled);
    const outcomes = () => features.map((_, index) => evaluation.outcome(index));
    for (const one of identities) {
      const identity = one && createIdentity('env', one.identifier, one.traits);
      const matched: CompiledSegment[] = [];
      evaluation.run(identity, matched);
      const expected = outcomes();
      evaluation.run(identity);
      expect(outcomes().map((outcome, i) => outcome === expected[i])).toEqual(features.map(() => true));
      if (evaluation.overridden) overridden += 1;
      const marks = compiled.decidingIndex.find(identity);
      const candidates = new Set(positions(marks).map((position) => compiled.deciding[position]));
      expect(matched.filter((segment) => !candidates.has(segment))).toEqual([]);
    }
  });
  fc.assert(check, { numRuns: 600 });
  expect(overridden).toBeGreaterThan(200);
});
