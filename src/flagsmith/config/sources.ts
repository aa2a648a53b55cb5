import { JsonSyntaxError, parseJson } from '../json/cursor.ts';
import { isObject, type Json, type JsonObject } from '../json/value.ts';
import type { ReportSetting } from './reader.ts';

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

const plainFields = ['api_url', 'api_poll_frequency_seconds', 'api_poll_timeout_seconds'];
const jsonFields = ['environment_key_pairs', 'endpoint_caches', 'allow_origins', 'logging', 'server', 'health_check'];
const aliases: ReadonlyMap<string, string> = new Map([
  ['api_poll_frequency', 'api_poll_frequency_seconds'],
  ['api_poll_timeout', 'api_poll_timeout_seconds'],
]);

/**
 * Merges the sources of the configuration: environment variables over the file, objects member by member (spec section
 * 4.1). `fileText` is null when there is no file.
 */
export function mergeSources(fileText: string | null, environment: Environment, report: ReportSetting): JsonObject {
  const path = environment.CONFIG_PATH || 'config.json';
  const file = fileText === null ? new Map<string, Json>() : readFile(fileText, path, report);
  return merge(withoutAliases(file), readEnvironment(environment, report));
}

function readFile(text: string, path: string, report: ReportSetting): JsonObject {
  if (text.startsWith('\ufeff')) {
    report(path, 'begins with a byte order mark: save it as UTF-8 without one');
    return new Map();
  }
  const json = parse(text, path, report);
  if (json === undefined) return new Map();
  if (isObject(json)) return json;
  report(path, 'must be an object');
  return new Map();
}

function readEnvironment(environment: Environment, report: ReportSetting): JsonObject {
  const settings = new Map<string, Json>();
  const variables = new Map(Object.entries(environment).map(([name, text]) => [name.toLowerCase(), text]));
  for (const field of [...aliases.keys(), ...plainFields]) {
    const text = variables.get(field);
    if (text !== undefined) settings.set(field, text);
  }
  for (const field of jsonFields) {
    const text = variables.get(field);
    const value = text === undefined ? undefined : parse(text, field.toUpperCase(), report);
    if (value !== undefined) settings.set(field, value);
  }
  return withoutAliases(settings);
}

function parse(text: string, where: string, report: ReportSetting): Json | undefined {
  try {
    return parseJson(text);
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    report(where, `is not JSON: ${error.message} (character ${error.position})`);
    return undefined;
  }
}

/** Short names give way to the long ones. */
function withoutAliases(settings: JsonObject): JsonObject {
  const result = new Map(settings);
  for (const [alias, name] of aliases) {
    const value = result.get(alias);
    result.delete(alias);
    if (value !== undefined && !result.has(name)) result.set(name, value);
  }
  return result;
}

function merge(base: JsonObject, over: JsonObject): JsonObject {
  const result = new Map(base);
  for (const [key, value] of over) {
    const below = result.get(key);
    result.set(key, isObject(value) && isObject(below) ? merge(below, value) : value);
  }
  return result;
}
