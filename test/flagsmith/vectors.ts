import { readFileSync } from 'node:fs';
import { parseJson } from '../../src/flagsmith/json/cursor.ts';
import { isList, isObject, type Json, type JsonObject, type Scalar } from '../../src/flagsmith/json/value.ts';

// Tests only. The vector file is read with the lossless parser, because 1 and 1.0 differ in it.

/** A file of the repository's Flagsmith test data, as text. */
export function testData(name: string): string {
  return readFileSync(`test/data/flagsmith/${name}`, 'utf8');
}

/** A member of an object that must be there. */
export function member(value: Json | undefined, key: string): Json {
  if (!isObject(value)) throw new TypeError(`no object to read ${key} from`);
  const found = value.get(key);
  if (found === undefined) throw new TypeError(`no member ${key}`);
  return found;
}

/** The value as a list, which it must be. */
export function list(value: Json | undefined): readonly Json[] {
  if (!isList(value)) throw new TypeError('not a list');
  return value;
}

/** The value as an object, which it must be. */
export function object(value: Json | undefined): JsonObject {
  if (!isObject(value)) throw new TypeError('not an object');
  return value;
}

const root = parseJson(testData('vectors.json'));
const cases = (section: string) => list(member(member(root, section), 'cases'));

/** The tables of `vectors.json`, typed as far as the tests need it. */
export const vectors = {
  root,
  cases,
  pythonFloatText: list(member(root, 'python_float_text')) as readonly (readonly [string, string])[],
  stringCoercion: cases('string_coercion') as readonly (readonly [string, string, string])[],
  hash: list(member(member(root, 'hash'), 'cases')) as readonly Json[],
  operators: [...object(member(member(root, 'operators'), 'cases'))] as readonly [string, readonly Json[]][],
};

/** A scalar as a plain JavaScript value, for readable assertions. */
export function plain(value: Scalar): unknown {
  return typeof value === 'object' && value !== null ? value.value : value;
}
