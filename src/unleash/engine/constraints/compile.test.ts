import { describe, expect, test } from 'vitest';
import { answerOf, constrained, testContext } from '../testing.ts';

const ask = (constraint: object, properties: Record<string, unknown> = {}) =>
  answerOf(constrained({ contextName: 'x', ...constraint }), 'f', testContext({}, properties));

describe('operators', () => {
  test.each<[object, unknown, string]>([
    [{ operator: 'IN', values: ['a', 'b'] }, 'b', 'on'],
    [{ operator: 'IN', values: [' a '] }, 'a', 'on'],
    [{ operator: 'IN', values: [] }, 'a', 'off'],
    [{ operator: 'IN', values: ['[object Object]'] }, { a: 1 }, 'on'],
    [{ operator: 'IN', values: ['1,2'] }, ['1', '2'], 'on'],
    [{ operator: 'IN', values: ['true'] }, true, 'on'],
    [{ operator: 'IN', values: ['0'] }, 0, 'on'],
    [{ operator: 'IN', values: ['false'] }, false, 'on'],
    [{ operator: 'IN', values: ['', ' '] }, '', 'on'],
    [{ operator: 'NUM_LT', value: '5' }, '', 'on'],
    [{ operator: 'NOT_IN', values: ['a'] }, 'b', 'on'],
    [{ operator: 'NOT_IN', values: ['a'] }, 'a', 'off'],
    [{ operator: 'NOT_IN', values: [] }, 'a', 'on'],
    [{ operator: 'STR_STARTS_WITH', values: ['ab'] }, 'abc', 'on'],
    [{ operator: 'STR_ENDS_WITH', values: ['BC'] }, 'abc', 'off'],
    [{ operator: 'STR_ENDS_WITH', values: ['BC'], caseInsensitive: true }, 'aBc', 'on'],
    [{ operator: 'STR_CONTAINS', values: ['x', 'b'] }, 'abc', 'on'],
    [{ operator: 'STR_CONTAINS', values: [''] }, 'abc', 'off'],
    [{ operator: 'STR_CONTAINS', values: [' '] }, 'abc', 'on'],
    [{ operator: 'NUM_EQ', value: '5' }, '5.0', 'on'],
    [{ operator: 'NUM_GT', value: '5' }, 6, 'on'],
    [{ operator: 'NUM_GTE', value: 5 }, '5', 'on'],
    [{ operator: 'NUM_LT', value: '5' }, '5', 'off'],
    [{ operator: 'NUM_LTE', value: '1e1' }, '10', 'on'],
    [{ operator: 'NUM_EQ', value: '5' }, 'five', 'off'],
    [{ operator: 'NUM_EQ', value: 'five' }, '5', 'off'],
    [{ operator: 'NUM_EQ' }, '5', 'off'],
    [{ operator: 'DATE_AFTER', value: '2025-12-31T00:00:00Z' }, undefined, 'on'],
    [{ operator: 'DATE_BEFORE', value: '2025-12-31T00:00:00Z' }, undefined, 'off'],
    [{ operator: 'DATE_AFTER', value: 'nope' }, undefined, 'off'],
    [{ operator: 'SEMVER_EQ', value: '1.2.3' }, '1.2.3', 'on'],
    [{ operator: 'SEMVER_GT', value: '1.2.3' }, '1.2.4-beta', 'on'],
    [{ operator: 'SEMVER_GTE', value: '1.2.3' }, '1.2.3+build', 'on'],
    [{ operator: 'SEMVER_LT', value: '1.2.3' }, '1.2.3-rc.1', 'on'],
    [{ operator: 'SEMVER_LTE', value: '1.2.3' }, '1.2', 'off'],
    [{ operator: 'SEMVER_EQ', value: '1.2.3' }, 'v1.2.3', 'off'],
    [{ operator: 'SEMVER_EQ', value: 'v1.2.3' }, '1.2.3', 'on'],
    [{ operator: 'SEMVER_EQ', value: 'x1.2.3' }, '1.2.3', 'off'],
    [{ operator: 'REGEX', value: 'b+' }, 'abbc', 'on'],
    [{ operator: 'REGEX', value: 'B+', caseInsensitive: true }, 'abbc', 'on'],
    [{ operator: 'REGEX', value: '(?=a)b' }, 'b', 'off'],
    [{ operator: 'REGEX', value: 5 }, '5', 'off'],
    [{ operator: 'IN_CIDR', values: ['10.0.0.0/8', 'nonsense'] }, '10.1.2.3', 'on'],
    [{ operator: 'IN_CIDR', values: ['10.0.0.0/8'] }, '::ffff:10.1.2.3', 'on'],
    [{ operator: 'IN_CIDR', values: ['2001:db8::/32'] }, '2001:db8::1', 'on'],
    [{ operator: 'IN_CIDR', values: ['10.0.0.0/8'] }, 'nonsense', 'off'],
    [{ operator: 'IN_CIDR', values: ['nonsense'] }, '10.1.2.3', 'off'],
    [{ operator: 'INVENTED_LATER', values: ['a'] }, 'a', 'off'],
  ])('%j with %j is %s', (constraint, value, expected) => {
    const properties = value === undefined ? {} : { x: value };
    expect(ask(constraint, properties)).toBe(expected);
    const known = (constraint as { operator: string }).operator !== 'INVENTED_LATER';
    const inverted = known ? (expected === 'on' ? 'off' : 'on') : 'off';
    expect(ask({ ...constraint, inverted: true }, properties)).toBe(inverted);
  });

  test.each(['IN', 'STR_CONTAINS', 'NUM_EQ', 'SEMVER_EQ', 'REGEX', 'IN_CIDR'])('%s needs a value', (operator) => {
    const constraint = { operator, values: ['1'], value: '1' };
    for (const missing of [{}, { x: null }]) expect(ask(constraint, missing)).toBe('off');
  });

  test('dates compare with the time of the context', () => {
    const document = constrained({ contextName: 'whatever', operator: 'DATE_AFTER', value: '2030-01-01' });
    expect(answerOf(document, 'f', testContext({ currentTime: new Date('2031-01-01') }))).toBe('on');
    expect(answerOf(document, 'f', testContext())).toBe('off');
  });

  test('patterns that are hard for other engines take linear time', () => {
    expect(ask({ operator: 'REGEX', value: '^(a+)+$' }, { x: `${'a'.repeat(5000)}b` })).toBe('off');
  });

  test('a text that is too long for its pattern is not searched', () => {
    const large = { operator: 'REGEX', value: '(?i)(?:\\pL{0,31}){0,31}!' };
    expect(ask(large, { x: 'aaa!' })).toBe('on');
    expect(ask(large, { x: `${'a'.repeat(90_000)}!` })).toBe('off');
    expect(ask({ operator: 'REGEX', value: '^[^@]+@[^@]+$' }, { x: `${'a'.repeat(20_000)}@b` })).toBe('on');
  });

  test('a list longer than one piece of work is one condition', () => {
    const values = Array.from({ length: 10_000 }, (_, i) => `user-${i}`);
    expect(ask({ operator: 'IN', values }, { x: 'user-9999' })).toBe('on');
  });
});

describe('what cannot be read', () => {
  test.each<[string, unknown]>([
    ['no list', 'text'],
    ['an entry that is null', [null]],
    ['no operator', [{ contextName: 'x' }]],
    ['no values', [{ contextName: 'x', operator: 'NOT_IN' }]],
    ['values that are no texts', [{ contextName: 'x', operator: 'NOT_IN', values: [1] }]],
  ])('%s: the strategy is false, the others go on', (_name, constraints) => {
    const broken = { name: 'default', constraints };
    const features = [
      { name: 'f', enabled: true, strategies: [broken] },
      { name: 'g', enabled: true, strategies: [broken, { name: 'default' }] },
    ];
    expect(answerOf({ features }, 'f', testContext())).toBe('off');
    expect(answerOf({ features }, 'g', testContext())).toBe('on');
  });
});
