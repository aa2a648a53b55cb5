import { describe, expect, it } from 'vitest';
import { vectors } from '../../../test/flagsmith/vectors.ts';
import { JsonSyntaxError, parseJson } from './cursor.ts';
import { encodeJson } from './encode.ts';
import { floatText, pythonQuoted, pythonText } from './python-text.ts';
import { Float } from './value.ts';

describe('lossless JSON', () => {
  it('tells integers, floats and big integers apart', () => {
    expect(parseJson('[1, 1.0, -0, 1e2, 9007199254740993]')).toEqual([
      1,
      new Float(1),
      0,
      new Float(100),
      9007199254740993n,
    ]);
  });

  it.each([
    '{"b":1,"a":[true,false,null,"x"],"10":{"__proto__":1.0}}',
    '["é☃","\\n\\"",-0.0,1e+16,0.0001,1e-05,123456789012345678901234567890]',
  ])('writes back %s', (text) => {
    expect(encodeJson(parseJson(text))).toBe(text);
  });

  it('accepts what Python accepts beyond JSON, and renders it as null', () => {
    expect(encodeJson(parseJson('[NaN, Infinity, -Infinity, 1e400]'))).toBe('[null,null,null,null]');
  });

  it('reads escapes and surrogate pairs', () => {
    expect(parseJson('"\\u00e9\\ud83d\\ude00\\/\\b"')).toBe('é😀/\b');
    expect(encodeJson(parseJson('"\\ud800"'))).toBe('"\\ud800"');
  });

  it.each([
    ['', 'Expecting value', 0],
    ['{"a":1 "b"}', "Expecting ',' delimiter", 7],
    ['{"a" 1}', "Expecting ':' delimiter", 5],
    ['{1:2}', 'Expecting property name enclosed in double quotes', 1],
    ['{"a":1,}', 'Expecting property name enclosed in double quotes', 7],
    ['[1,]', 'Expecting value', 3],
    ['[1', "Expecting ',' delimiter", 2],
    ['"abc', 'Unterminated string starting at', 0],
    ['"a\nb"', 'Invalid control character at', 2],
    ['"\\x"', 'Invalid \\escape', 1],
    ['"\\u12"', 'Invalid \\uXXXX escape', 2],
    ['1 2', 'Extra data', 2],
    ['01', 'Extra data', 1],
    ['1.', 'Extra data', 1],
    ['-', 'Expecting value', 0],
    ['nul', 'Expecting value', 0],
    ['+1', 'Expecting value', 0],
  ])('refuses %j', (text, message, position) => {
    let caught: unknown;
    try {
      parseJson(text);
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(JsonSyntaxError);
    expect(caught).toMatchObject({ message, position });
  });

  it('refuses nesting that would exhaust the stack, and endless integers', () => {
    expect(() => parseJson('['.repeat(100_000))).toThrow(JsonSyntaxError);
    expect(() => parseJson('9'.repeat(5000))).toThrow(JsonSyntaxError);
  });
});

describe('Python text', () => {
  it.each(vectors.pythonFloatText)('prints %s as %s', (written, text) => {
    expect(floatText(Number(written))).toBe(text);
  });

  it.each([
    [new Float(Number.NaN), 'nan'],
    [new Float(-1 / 0), '-inf'],
    [new Float(0.00012), '0.00012'],
    [true, 'True'],
    [null, 'None'],
    [9007199254740993n, '9007199254740993'],
    [['b', 1, new Map([['k', 'v']])], "['b', 1, {'k': 'v'}]"],
    ['b', 'b'],
  ])('str(%#)', (value, text) => {
    expect(pythonText(value)).toBe(text);
  });

  it.each([
    ['bad', "'bad'"],
    ["it's", '"it\'s"'],
    [`it's "x"`, `'it\\'s "x"'`],
    ['a\\b\n\u0001\u00ad\u2028', "'a\\\\b\\n\\x01\\xad\\u2028'"],
    ['é☃ ', "'é☃ '"],
  ])('repr(%j)', (text, quoted) => {
    expect(pythonQuoted(text)).toBe(quoted);
  });
});
