import { isObject, type Json, type JsonObject } from '../json/value.ts';

/** A member that is missing or of the wrong type. `message` names the path. */
export class FieldError extends Error {
  override readonly name = 'FieldError';
}

/** The value as an object. Throws {@link FieldError}. */
export function asObject(value: Json | undefined, path: string): JsonObject {
  if (!isObject(value)) throw wrong(path, 'an object', value);
  return value;
}

/** A string member. Throws {@link FieldError}. */
export function stringField(object: JsonObject, key: string, path: string): string {
  const value = object.get(key);
  if (typeof value !== 'string') throw wrong(`${path}.${key}`, 'a string', value);
  return value;
}

/** A member that is a list, null or absent; null and absent count as empty only if `nullable`. Throws {@link FieldError}. */
export function listField(object: JsonObject, key: string, path: string, nullable: boolean): readonly Json[] {
  const value = object.get(key);
  if (value === undefined || (value === null && nullable)) return [];
  if (!Array.isArray(value)) throw wrong(`${path}.${key}`, 'a list', value);
  return value as readonly Json[];
}

/** A boolean member. Throws {@link FieldError}. */
export function booleanField(object: JsonObject, key: string, path: string): boolean {
  const value = object.get(key);
  if (typeof value !== 'boolean') throw wrong(`${path}.${key}`, 'true or false', value);
  return value;
}

/** The error for a member that is not what it must be. */
export function wrong(path: string, wanted: string, value: Json | undefined): FieldError {
  return new FieldError(`${path} must be ${wanted}${value === undefined ? ' but is missing' : ''}`);
}
