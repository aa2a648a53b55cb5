/** What applications ask for, and what they must be told, by system and by what a language's provider makes of it. */
import type { Call, Driver } from './drivers.ts';
import type { System } from './modes.ts';

/** Value, variant, reason and error code. undefined: the provider does not say. */
export type Expected = readonly [value: unknown, variant?: string, reason?: string, errorCode?: string];

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

/** The same, as far as it goes, for a credential that nobody knows. */
export const refused: readonly Case[] = [
  one('plain', 'boolean', true, error(true, 'GENERAL')),
  one('text', 'string', 'mine', error('mine', 'GENERAL')),
];

/**
 * What a language's application sees of the expected answer. Go's provider knows no TYPE_MISMATCH from a server. That of
 * Node, in the published version, takes an answer without a value for a broken one.
 */
export function seenBy({ language }: Driver, asked: Call, expected: Expected): Expected {
  if (language === 'go' && asked.flag === 'bad:object' && expected[3] === 'TYPE_MISMATCH') {
    return error(asked.default, 'GENERAL');
  }
  if (language === 'node' && asked.flag === 'text-off') return error(asked.default, 'GENERAL');
  return expected;
}

export const expectedOf = (asked: Case, system: System): Expected => asked[system];
