import { encodeJson } from '../../src/flagsmith/json/encode.ts';
import { isObject, type Json } from '../../src/flagsmith/json/value.ts';
import { list, object, vectors } from './vectors.ts';

/** A pair of keys, as the rows leave it out of their files. */
export const pair = '{"server_side_key":"ser.one","client_side_key":"c"}';

/** One row of the configuration vectors. */
export interface ConfigRow {
  /** The row as text. */
  readonly name: string;
  /** Text of config.json; null: there is none. */
  readonly file: string | null;
  readonly environment: Readonly<Record<string, string>>;
  /** Values that result; null: only that it is accepted. */
  readonly values: object | null;
  /** The original ends with 1. */
  readonly refused: boolean;
  /** The variables of version 1.0: the original ends with 1, Halyard takes them, on purpose. */
  readonly legacy: boolean;
}

/** A value of the vectors as JavaScript has it. */
export const asPlain = (value: Json): unknown => JSON.parse(encodeJson(value));

function fileText(file: Json): string | null {
  if (file === null || typeof file === 'string') return file;
  const members = object(file);
  const rest = encodeJson(new Map(members)).slice(1, -1);
  return members.has('environment_key_pairs')
    ? encodeJson(file)
    : `{"environment_key_pairs":[${pair}]${rest === '' ? '' : `,${rest}`}}`;
}

/** The rows of the configuration vectors, in order. */
export const configRows: readonly ConfigRow[] = vectors.cases('config').map((row) => {
  const [file, environment, expected] = list(row);
  const variables = asPlain(environment!) as Record<string, string>;
  const legacy = 'FLAGSMITH_API_URL' in variables;
  return {
    name: encodeJson(row),
    file: fileText(file!),
    environment: variables,
    values: isObject(expected) ? (asPlain(expected) as object) : null,
    refused: expected === 'exit 1' && !legacy,
    legacy,
  };
});
