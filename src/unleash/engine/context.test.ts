import { describe, expect, test } from 'vitest';
import { fieldReader, textOf } from './context.ts';
import { testContext } from './testing.ts';

describe('textOf', () => {
  const hostile = { toString: 'x', valueOf: 1 };
  test.each<[unknown, string | undefined]>([
    ['a', 'a'],
    ['', ''],
    [0, '0'],
    [Number.NaN, 'NaN'],
    [1.5, '1.5'],
    [true, 'true'],
    [false, 'false'],
    [null, undefined],
    [undefined, undefined],
    [{ a: 1 }, '[object Object]'],
    [hostile, '[object Object]'],
    [[], ''],
    [[1, null, ['a', [undefined]], hostile], '1,,a,,[object Object]'],
    [() => 'called', '[function]'],
    [10n, '10'],
  ])('case %#', (value, expected) => {
    expect(textOf(value)).toBe(expected);
  });

  test('follows nesting to a bound only', () => {
    let nested: unknown = 'x';
    for (let i = 0; i < 20_000; i++) nested = [nested];
    expect(textOf(nested)).toBe('');
    const circular: unknown[] = [];
    circular.push(circular);
    expect(textOf(circular)).toBe('');
  });

  test('a date is the text of that date', () => {
    expect(textOf(new Date(0))).toBe(String(new Date(0)));
  });
});

describe('fieldReader', () => {
  const reads = new Set<string>();
  const read = (name: string, context = testContext()) => fieldReader(name, reads)(context);

  test('fields win over properties of the same name', () => {
    expect(read('userId', testContext({ userId: 'a' }, { userId: 'b' }))).toBe('a');
    expect(read('userId', testContext({}, { userId: 'b' }))).toBe('b');
    expect(read('userId')).toBeUndefined();
  });

  test('no inherited name is a value', () => {
    for (const name of ['toString', 'constructor', '__proto__', 'hasOwnProperty']) expect(read(name)).toBeUndefined();
    expect(read('toString', testContext({}, { toString: 'y' }))).toBe('y');
  });

  test('odd names the original can reach', () => {
    expect(read('properties')).toBe('[object Object]');
    expect(read('currentTime', testContext({ currentTime: new Date(0) }))).toBe(String(new Date(0)));
  });

  test('notes what it reads', () => {
    const noted = new Set<string>();
    const names = ['userId', 'toString', 'properties', 'currentTime'];
    for (const name of names) fieldReader(name, noted)(testContext());
    expect([...noted]).toEqual(names);
  });
});
