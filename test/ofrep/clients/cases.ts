/** What applications ask for, and what they must be told, by system and by what a language's provider makes of it. */
import type { Call, Driver } from './drivers.ts';
import type { System } from './modes.ts';

/** Value, variant, reason and error code. undefined: the provider does not say. */
export type Expected = readonly [
  value: unknown,
  variant?: string | undefined,
  reason?: string | undefined,
  errorCode?: string | undefined,
];

interface Case extends Call {
  readonly unleash: Expected;
  readonly flagsmith: Expected;
}

const object = { max: 3, list: [1, 'two'] };
const pro = { targetingKey: 'alice', plan: 'pro' };
const free = { targetingKey: 'alice', plan: 'free' };
const error = (value: unknown, code: string): Expected => [value, undefined, 'ERROR', code];

function one(
  flag: string,
  type: Call['type'],
  fallback: unknown,
  unleash: Expected,
  flagsmith: Expected = unleash,
  context: Call['context'] = pro,
): Case {
  return { flag, type, default: fallback, context, unleash, flagsmith };
}

const payload = (value: unknown): readonly [Expected, Expected] => [
  [value, 'v1', 'STATIC'],
  [value, 'on', 'STATIC'],
];

/** The key `data` needs a typed view with Flagsmith, whose values know no objects; the view works with both. */
export const cases: readonly Case[] = [
  one('plain', 'boolean', false, [true, 'on', 'STATIC']),
  one('off', 'boolean', false, [false, 'off', 'DISABLED']),
  one('for-pro', 'boolean', false, [true, 'on', 'TARGETING_MATCH']),
  one('for-pro', 'boolean', false, [false, 'off', 'DEFAULT'], [false, 'off', 'DISABLED'], free),
  one('team/flag', 'boolean', false, [true, 'on', 'STATIC']),
  one('text', 'string', '-', ...payload('Buy now')),
  one('empty', 'string', '-', ...payload('')),
  one('whole', 'integer', -1, ...payload(3)),
  one('zero', 'integer', -1, ...payload(0)),
  one('broken:number', 'float', -1.5, ...payload(2.5)),
  one('data:object', 'object', {}, ...payload(object)),
  one('text:boolean', 'boolean', false, ...payload(true)),
  one('text-off', 'string', 'mine', ['mine', 'off', 'DISABLED']),
  one('nowhere', 'boolean', true, error(true, 'FLAG_NOT_FOUND')),
  one('text', 'boolean', true, error(true, 'TYPE_MISMATCH')),
  one('plain', 'string', 'mine', error('mine', 'TYPE_MISMATCH')),
  one('bad:object', 'object', object, error(object, 'PARSE_ERROR'), error(object, 'TYPE_MISMATCH')),
];

/** What anybody is told who comes with a credential that nobody knows: the default, and an error. */
export const refused: readonly Case[] = [
  one('plain', 'boolean', true, error(true, 'GENERAL')),
  one('text', 'string', 'mine', error('mine', 'GENERAL')),
];

/**
 * What a language's application sees of the expected answer, where its published provider says something else: those of
 * Go and Node know no TYPE_MISMATCH from a server; those of Node and Java take an answer without a value for an error;
 * that of Java calls whatever a server refuses a bad context.
 */
export function seenBy({ language }: Driver, asked: Call, expected: Expected): Expected {
  const { flag, default: fallback } = asked;
  if (flag === 'bad:object') {
    if (language === 'java') return error(fallback, 'INVALID_CONTEXT');
    if (language !== 'python' && expected[3] === 'TYPE_MISMATCH') return error(fallback, 'GENERAL');
  }
  if (flag === 'text-off') {
    if (language === 'node') return error(fallback, 'GENERAL');
    if (language === 'java') return error(fallback, 'FLAG_NOT_FOUND');
  }
  return expected;
}

export const expectedOf = (asked: Case, system: System): Expected => asked[system];
