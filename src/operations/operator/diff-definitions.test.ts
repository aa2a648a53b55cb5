import { describe, expect, test } from 'vitest';
import { diffDefinitions } from './diff-definitions.ts';

const diff = (before: unknown, after: unknown) => diffDefinitions(JSON.stringify(before), JSON.stringify(after));

describe('diffDefinitions', () => {
  test('tells where a value is another one', () => {
    const of = (rollout: string) => ({ name: 'a', strategies: [{ parameters: { rollout, 'group id': 'g' } }] });
    expect(diff(of('10'), of('50'))).toEqual({
      fields: [{ path: 'strategies[0].parameters.rollout', before: '"10"', after: '"50"' }],
      more: 0,
    });
  });

  test('tells what came and what went', () => {
    expect(diff({ a: [1], old: true }, { a: [1, { b: 2 }], 'new key': null })).toEqual({
      fields: [
        { path: 'a[1]', before: undefined, after: '{"b":2}' },
        { path: '["new key"]', before: undefined, after: 'null' },
        { path: 'old', before: 'true', after: undefined },
      ],
      more: 0,
    });
  });

  test('equal definitions have no differences, in any order of keys', () => {
    expect(diff({ a: 1, b: [null] }, { b: [null], a: 1 })).toEqual({ fields: [], more: 0 });
  });

  test('is bounded in number and length', () => {
    const { fields, more } = diff({ list: [] }, { list: Array.from({ length: 1_000 }, () => 'x'.repeat(500)) });
    expect([fields.length, more]).toEqual([8, 92]);
    expect(fields[0]?.after).toBe(`"${'x'.repeat(79)}…`);
  });

  test('deep definitions and names of built-in properties do no harm', () => {
    const deep = (value: string) => `${'{"a":'.repeat(500)}${value}${'}'.repeat(500)}`;
    expect(diffDefinitions(deep('1'), deep('2')).fields).toHaveLength(1);
    const { fields } = diffDefinitions('{"__proto__":1}', '{"constructor":2}');
    expect(fields.map(({ path }) => path)).toEqual(['constructor', '__proto__']);
  });

  test('what is no JSON is compared as a text', () => {
    expect(diffDefinitions('[1', '[2').fields).toEqual([{ path: '', before: '"[1"', after: '"[2"' }]);
  });
});
