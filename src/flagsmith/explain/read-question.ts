import { cut, ExplainInputError } from '../../flags/explanation.ts';
import type { IdentityRequest } from '../api/identity-body.ts';
import { validateIdentityBody } from '../api/validation.ts';
import { parseJson } from '../json/cursor.ts';
import { encodeJson } from '../json/encode.ts';
import { isList, isObject, type Json, type JsonObject } from '../json/value.ts';

const usage =
  'Flagsmith\'s context is {"identifier": "…", "traits": {"name": value}}, or {} for the flags without an identity';

/**
 * Reads who an explanation is about with the rules of `POST /api/v1/identities/`: the same types, lengths and repeated
 * traits. Traits may also be an object. `body` is the whole JSON of the question.
 *
 * @returns null for no identity, as `GET /api/v1/flags/`
 * @throws ExplainInputError
 */
export function readIdentityQuestion(body: string): IdentityRequest | null {
  const question = parseJson(body);
  const context = isObject(question) ? (question.get('context') ?? new Map<string, Json>()) : null;
  if (!isObject(context)) throw new ExplainInputError(`"context" has to be an object. ${usage}`);
  for (const name of context.keys()) {
    if (name !== 'identifier' && name !== 'traits') {
      throw new ExplainInputError(`"context" knows no ${JSON.stringify(cut(name))}. ${usage}`);
    }
  }
  if (context.size === 0) return null;
  const read = validateIdentityBody(encodeJson(asSent(context)), true);
  if (read.ok) return read.request;
  const problems = read.issues.slice(0, 5).map(({ loc, msg }) => `${['context', ...loc.slice(1)].join('.')}: ${msg}`);
  throw new ExplainInputError(`${problems.join('; ')}. ${usage}`);
}

/** Traits given as an object, in the form that SDKs send. */
function asSent(context: JsonObject): JsonObject {
  const traits = context.get('traits');
  if (!isObject(traits) || isList(traits)) return context;
  const list = [...traits].map(
    ([name, value]) =>
      new Map<string, Json>([
        ['trait_key', name],
        ['trait_value', value],
      ]),
  );
  return new Map([...context, ['traits', list]]);
}
