import { describe, expect, test } from 'vitest';
import { readDate, readLiteral, readNumber, readVersion } from './literal.ts';

describe('literals', () => {
  test.each([
    ['2026-01-01T00:00:00Z', 'date'],
    ['2026-01-01T00:00:00.123+02:00', 'date'],
    ['2026-01-01', undefined],
    ['2026-02-30T00:00:00Z', undefined],
    ['2050', 'number'],
    [' 7 ', 'number'],
    ['5.', 'number'],
    ['1e3', 'number'],
    ['.5', undefined],
    ['0x10', undefined],
    ['1.2', 'number'],
    ['1.2.3-beta.1+5', 'semver'],
    ['01.2.3', undefined],
    ['', undefined],
  ])('%j', (text, kind) => expect(readLiteral(text)?.kind).toBe(kind));

  test('numbers of a context have no blanks and no other base', () => {
    expect([' 7', '0x10', '', 'abc', '7 '].map(readNumber)).toEqual(Array(5).fill(Number.NaN));
    expect(['7', '+.5', '1e2', '-inf', 'Infinity'].map(readNumber)).toEqual([7, 0.5, 100, -Infinity, Infinity]);
  });

  test('times need an offset', () => {
    expect(readDate('2026-01-01 00:00:00 +02:00')).toBe(Date.parse('2025-12-31T22:00:00Z'));
    expect(['2026-01-01T00:00:00', '2026', 'x'].map(readDate)).toEqual([Number.NaN, Number.NaN, Number.NaN]);
  });

  test('versions stand alone', () => {
    expect(readVersion('1.2.3')?.major).toBe(1);
    expect([' 1.2.3', 'v1.2.3', '1.2'].map(readVersion)).toEqual([undefined, undefined, undefined]);
  });
});
