import { encodeJson } from '../json/encode.ts';
import { Float, isInteger, isList, isObject, type Json, type JsonObject } from '../json/value.ts';

/** Takes what is wrong with a setting: its path, e.g. `server.port`, and what it must be. */
export type ReportSetting = (path: string, message: string) => void;

const truths = new Set(['true', '1', 'yes', 'on', 't', 'y']);
const falsehoods = new Set(['false', '0', 'no', 'off', 'f', 'n']);

/**
 * Reads typed settings out of an object. Text stands for numbers and booleans, as it has to in environment variables; a
 * member that is missing gives the fallback, one that is wrong too, and is reported. Other members are ignored.
 */
export class SettingsReader {
  readonly #object: JsonObject;
  readonly #path: string;
  readonly #report: ReportSetting;

  constructor(object: JsonObject, path: string, report: ReportSetting) {
    this.#object = object;
    this.#path = path;
    this.#report = report;
  }

  /** A whole number. */
  integer(name: string, fallback: number, minimum = Number.NEGATIVE_INFINITY): number {
    return this.#read(name, fallback, `a whole number${minimum > 0 ? ` of at least ${minimum}` : ''}`, (value) => {
      const number = toInteger(value);
      return number !== undefined && number >= minimum ? number : undefined;
    });
  }

  /** A whole number or null. */
  integerOrNull(name: string, fallback: number): number | null {
    return this.#object.get(name) === null ? null : this.integer(name, fallback);
  }

  /** True or false, or a usual word for either. */
  boolean(name: string, fallback: boolean): boolean {
    return this.#read(name, fallback, 'true or false', toBoolean);
  }

  /** Text for which `accept` returns something. */
  text<Value>(name: string, fallback: Value, wanted: string, accept: (text: string) => Value | undefined): Value {
    return this.#read(name, fallback, wanted, (value) => (typeof value === 'string' ? accept(value) : undefined));
  }

  /** One of some words. */
  choice<const Word extends string>(name: string, fallback: Word, words: readonly Word[]): Word {
    return this.text(name, fallback, `one of ${words.join(', ')}`, (text) => words.find((word) => word === text));
  }

  /** A list of texts. */
  texts(name: string, fallback: readonly string[]): readonly string[] {
    return this.#read(name, fallback, 'a list of texts', (value) =>
      isList(value) && value.every((item) => typeof item === 'string') ? value : undefined,
    );
  }

  /** A list of objects, each read by `read`; undefined when there is none. */
  objects<Value>(name: string, read: (item: SettingsReader) => Value): readonly Value[] | undefined {
    const items = this.#read<readonly Json[] | undefined>(name, undefined, 'a list of objects', (value) =>
      isList(value) && value.every(isObject) ? value : undefined,
    );
    return items?.map((item, i) => read(this.#inner(item as JsonObject, `${name}[${i}]`)));
  }

  /** A nested object; an empty one when it is missing. */
  section(name: string): SettingsReader {
    return this.#inner(this.object(name), name);
  }

  /** A nested object as it is. */
  object(name: string): JsonObject {
    return this.#read<JsonObject>(name, new Map(), 'an object', (value) => (isObject(value) ? value : undefined));
  }

  /** Whether there is such a member and it is not null. */
  has(name: string): boolean {
    return (this.#object.get(name) ?? null) !== null;
  }

  /** Reports something about a member. */
  complain(name: string, message: string): void {
    this.#report(this.#path + name, message);
  }

  #inner(object: JsonObject, name: string): SettingsReader {
    return new SettingsReader(object, `${this.#path}${name}.`, this.#report);
  }

  #read<Value>(name: string, fallback: Value, wanted: string, convert: (value: Json) => Value | undefined): Value {
    const value = this.#object.get(name);
    if (value === undefined) return fallback;
    const converted = convert(value);
    if (converted !== undefined) return converted;
    this.complain(name, `must be ${wanted}`);
    return fallback;
  }
}

function toInteger(value: Json): number | undefined {
  if (isInteger(value)) return Number(value);
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (value instanceof Float) return Number.isInteger(value.value) ? value.value : undefined;
  return typeof value === 'string' && /^\s*[+-]?[0-9]+\s*$/.test(value) ? Number(value) : undefined;
}

function toBoolean(value: Json): boolean | undefined {
  if (typeof value === 'boolean') return value;
  const word = typeof value === 'string' ? value.toLowerCase() : encodeJson(value);
  return truths.has(word) ? true : falsehoods.has(word) ? false : undefined;
}
