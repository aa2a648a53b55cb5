import { describe, expect, it } from 'vitest';
import { vectors } from '../../../test/flagsmith/vectors.ts';
import { Float, isInteger } from '../json/value.ts';
import { compareSemver, parseSemver } from './semver.ts';
import { compareCodePoints, parsePythonFloat, parsePythonInt, retype, scalarText } from './values.ts';

describe('retype', () => {
  it.each(vectors.stringCoercion)('%j becomes %s with text %j', (text, kind, expected) => {
    const value = retype(text);
    expect(isInteger(value) ? 'int' : value instanceof Float ? 'float' : 'str').toBe(kind);
    expect(scalarText(value)).toBe(expected);
  });

  it('leaves everything that is not a string alone', () => {
    for (const value of [1, true, null, new Float(1)]) expect(retype(value)).toBe(value);
  });
});

describe('Python number casts', () => {
  it.each([
    [' 1 ', 1],
    ['1_000', 1000],
    ['+007', 7],
    ['-0', 0],
    ['12345678901234567890', 12345678901234567890n],
    ['1.0', undefined],
    ['1e3', undefined],
    ['', undefined],
    ['1__0', undefined],
    ['_1', undefined],
    ['\ufeff1', undefined],
  ])('int(%j)', (text, value) => {
    expect(parsePythonInt(text) === value).toBe(true);
  });

  it.each([
    ['1', 1],
    [' 1e3\n', 1000],
    ['.5', 0.5],
    ['1.', 1],
    ['1_0.0_1', 10.01],
    ['-Infinity', Number.NEGATIVE_INFINITY],
    ['+inf', Number.POSITIVE_INFINITY],
    ['nan', Number.NaN],
    ['0x10', undefined],
    ['.', undefined],
    ['', undefined],
    ['1,5', undefined],
  ])('float(%j)', (text, value) => {
    expect(parsePythonFloat(text)).toBe(value);
  });
});

describe('order', () => {
  it('of strings is by code point', () => {
    expect(compareCodePoints('a', 'b')).toBeLessThan(0);
    expect(compareCodePoints('ab', 'a')).toBeGreaterThan(0);
    expect(compareCodePoints('😀', '\uffff')).toBeGreaterThan(0);
    expect(compareCodePoints('\ue000', '😀')).toBeLessThan(0);
    expect(compareCodePoints('é', 'é')).toBe(0);
  });

  it('of versions is that of semver 2.0', () => {
    const ascending =
      '1.0.0-alpha 1.0.0-alpha.1 1.0.0-alpha.beta 1.0.0-beta 1.0.0-beta.2 1.0.0-beta.11 1.0.0-rc.1 1.0.0 1.0.1 1.2.0 10.0.0 99999999999999999999.0.0';
    const versions = ascending.split(' ').map((text) => parseSemver(text)!);
    for (let i = 1; i < versions.length; i++) {
      expect(compareSemver(versions[i - 1]!, versions[i]!)).toBeLessThan(0);
      expect(compareSemver(versions[i]!, versions[i - 1]!)).toBeGreaterThan(0);
    }
    expect(compareSemver(parseSemver('1.0.0+a')!, parseSemver('1.0.0+b')!)).toBe(0);
    expect(compareSemver(parseSemver('1.0.0-a.1')!, parseSemver('1.0.0-a.1')!)).toBe(0);
  });

  it.each(['1.0', 'v1.0.0', '01.0.0', '1.0.0-01', '1.0.0-', '1.0.0+', '', '1.0.0\n', '1.0.0-a..b'])(
    '%j is no version',
    (text) => {
      expect(parseSemver(text)).toBeUndefined();
    },
  );
});
