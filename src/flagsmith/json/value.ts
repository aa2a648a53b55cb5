/**
 * JSON values with the distinctions Flagsmith's Python engine makes and `JSON.parse` loses: `1` is an integer, `1.0` is
 * a float, and integers have any size (spec sections 2.11 and 13).
 */

/** A number that was written with a fraction or an exponent, or NaN or an infinity. */
export class Float {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

/** A whole number: `number` while it is a safe integer, `bigint` beyond. Never both for one value, so `===` compares. */
export type Integer = number | bigint;

/** A JSON value that is neither a list nor an object. */
export type Scalar = null | boolean | string | Integer | Float;

/** Any JSON value. Objects are Maps, which keeps key order and makes every key harmless. */
export type Json = Scalar | readonly Json[] | JsonObject;

/** A JSON object in the order it was written; of a repeated key the last value at the first position. */
export type JsonObject = ReadonlyMap<string, Json>;

/** Brings an integer into its one representation. */
export function integer(value: bigint): Integer {
  return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
}

/** Whether a JSON value is a whole number (true and 1.0 are not). */
export function isInteger(value: Json | undefined): value is Integer {
  return typeof value === 'number' || typeof value === 'bigint';
}

/** Whether a JSON value is an object. */
export function isObject(value: Json | undefined): value is JsonObject {
  return value instanceof Map;
}

/** Whether a JSON value is a list. */
export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** Whether a JSON value is null, a boolean, a string or a number. */
export function isScalar(value: Json): value is Scalar {
  return typeof value !== 'object' || value === null || value instanceof Float;
}
