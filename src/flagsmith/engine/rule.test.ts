import { describe, expect, it } from 'vitest';
import { list, member, plain, vectors } from '../../../test/flagsmith/vectors.ts';
import { encodeJson } from '../json/encode.ts';
import type { Json, Scalar } from '../json/value.ts';
import { never } from './condition.ts';
import { createIdentity, type RuleContext, type SegmentContext } from './context.ts';
import type { DefinitionIssue } from './issues.ts';
import { parseJsonPath } from './jsonpath.ts';
import { propertyReader } from './property.ts';
import { compileSegmentRules } from './rule.ts';

const scope = { environment: { key: 'ek', name: 'Prod' }, features: [], segments: [] };
const nobody = createIdentity('ek', 'u', []);

// 1 and 0 stand for conditions that hold and do not; both depend on the identity, so that nothing is folded away
function rule(row: Json): RuleContext {
  const [type, conditions, rules] = list(row);
  return {
    type: type as string,
    conditions: list(conditions).map((truth) => ({
      property: '$.identity.identifier',
      operator: truth === 1 ? 'EQUAL' : 'NOT_EQUAL',
      value: 'u',
    })),
    rules: list(rules).map(rule),
  };
}

const segment = (rules: readonly RuleContext[]): SegmentContext => ({ key: '1', name: 's', rules, overrides: [] });

describe('rules', () => {
  const rows = [
    ...vectors.cases('rules').map((row) => [list(row)[0]!, list(row)[1]!] as const),
    ...vectors.cases('rules_changed_in_10_1').map((row) => [list(row)[0]!, list(row)[2]!] as const),
  ];
  it.each(rows.map(([rules, matches]) => [encodeJson(rules), rules, matches] as const))('%s', (_, rules, matches) => {
    const compiled = compileSegmentRules(segment(list(rules).map(rule)), scope, () => expect.unreachable());
    expect(compiled(nobody)).toBe(matches);
  });

  it('of an unknown type never match and are reported', () => {
    const issues: DefinitionIssue[] = [];
    const odd = segment([{ type: 'SOME', conditions: [], rules: [] }]);
    expect(compileSegmentRules(odd, scope, (issue) => issues.push(issue))).toBe(never);
    expect(issues).toEqual([
      { code: 'rule.type', where: 'segment 1 "s"', message: 'rule type SOME is not known; the rule never matches' },
    ]);
  });

  it('that can never hold fold to nothing at all', () => {
    const broken = { property: 'a', operator: 'REGEX', value: '[' };
    const condition = { property: 'a', operator: 'EQUAL', value: '1' };
    const all = segment([
      { type: 'ALL', conditions: [condition], rules: [{ type: 'ANY', conditions: [broken], rules: [] }] },
    ]);
    expect(compileSegmentRules(all, scope, () => {})).toBe(never);
    const none = segment([{ type: 'NONE', conditions: [broken], rules: [] }]);
    expect(compileSegmentRules(none, scope, () => {})(nobody)).toBe(true);
  });
});

describe('properties', () => {
  const context = member(member(vectors.root, 'jsonpath'), 'context');
  const identity = member(context, 'identity');
  const traits = [...(member(identity, 'traits') as ReadonlyMap<string, Scalar>)];
  const known = createIdentity('ek', member(identity, 'identifier') as string, traits);

  it.each(vectors.cases('jsonpath').map((row) => list(row) as readonly [string, Scalar]))('%s is %j', (path, value) => {
    expect(plain(propertyReader(path, scope)(known))).toBe(plain(value));
  });

  it('are not set without an identity, except those of the environment', () => {
    const read = (path: string) => propertyReader(path, scope)(null);
    expect(read('$.identity.identifier')).toBe(null);
    expect(read('$.identity.key')).toBe(null);
    expect(read('$.identity.traits.a')).toBe(null);
    expect(read('$..identifier')).toBe(null);
    expect(read('a')).toBe(null);
    expect(read('$.environment.name')).toBe('Prod');
  });

  it('can be reached by any path but a filter', () => {
    const feature = { key: '1', name: 'f', id: 7, enabled: true, value: '12', variants: [], priority: 1 };
    const wide = { ...scope, features: [feature], segments: [{ ...segment([]), overrides: [feature] }] };
    const read = (path: string) => propertyReader(path, wide)(known);
    expect(read('$.features.f.value')).toBe(12);
    expect(read("$.segments['1'].overrides[0].enabled")).toBe(true);
    expect(read('$.segments.*.overrides[-1:].name')).toBe('f');
    expect(read('$.segments.*.overrides[::-1]["name"]')).toBe('f');
    expect(read('$.features.*.metadata.id')).toBe(7);
    expect(read('$.features[?@.enabled].value')).toBe(null);
    expect(read('$.features.f')).toBe(null);
  });

  it.each([
    '$',
    '$.a',
    '$.a.b',
    "$['a']",
    '$["\\u0061\\n"]',
    '$[0]',
    '$[-1]',
    '$[1:2:3]',
    '$.*',
    '$..*',
    '$..[0]',
    "$['a','b']",
    '$ .a',
    '$.a ["b"]',
    '$.é',
  ])('%s is a path', (path) => {
    expect(parseJsonPath(path)).not.toBe(null);
  });

  it.each([
    'a',
    '',
    '$.',
    '$..',
    '$a',
    '$.1a',
    '$.a b',
    '$[a]',
    '$[01]',
    '$[-0]',
    "$['a]",
    "$['a\\x']",
    '$.a ',
    '$[]',
    '$["a\n"]',
    '$.-a',
    "$['\\u12']",
  ])('%j is none', (path) => {
    expect(parseJsonPath(path)).toBe(null);
  });
});
