import { JsonSyntaxError, parseJson } from '../json/cursor.ts';
import { encodeJson } from '../json/encode.ts';
import { isList, isObject, isScalar, type Json, type JsonObject } from '../json/value.ts';
import { encodeTrait, type IdentityRequest, maxIdentifierLength, maxTraitLength } from './identity-body.ts';

type Location = readonly (string | number)[];

/** What is wrong with a request, in the form of the framework's 422 answers (spec section 2.10). */
export interface ValidationIssue {
  readonly type: string;
  readonly loc: Location;
  readonly msg: string;
  readonly input: Json;
  readonly ctx?: ReadonlyMap<string, Json>;
}

/** A usable request, or why it is not. */
export type Validated =
  | { readonly ok: true; readonly request: IdentityRequest }
  | { readonly ok: false; readonly issues: readonly ValidationIssue[] };

const messages: Readonly<Record<string, string>> = {
  missing: 'Field required',
  string_type: 'Input should be a valid string',
  int_type: 'Input should be a valid integer',
  float_type: 'Input should be a valid number',
  bool_type: 'Input should be a valid boolean',
  list_type: 'Input should be a valid list',
  model_attributes_type: 'Input should be a valid dictionary or object to extract fields from',
  json_invalid: 'JSON decode error',
};
// only these two come without a documentation link
const unlinked = new Set(['json_invalid', 'string_too_long']);
const documentation = 'https://errors.pydantic.dev/2.7/v/';

const issue = (type: string, loc: Location, input: Json): ValidationIssue => ({
  type,
  loc,
  msg: messages[type]!,
  input,
});

function tooLong(loc: Location, text: string, limit: number): ValidationIssue {
  const ctx = new Map<string, Json>([
    ['max_length', limit],
    ['actual_length', [...text].length],
  ]);
  return { type: 'string_too_long', loc, msg: `String should have at most ${limit} characters`, input: text, ctx };
}

/** Tells that a query parameter is missing. */
export function missingQuery(name: string): ValidationIssue {
  return issue('missing', ['query', name], null);
}

/** Tells that the identifier in a query is too long. */
export function longQuery(identifier: string): ValidationIssue {
  return tooLong(['query', 'identifier'], identifier, maxIdentifierLength);
}

/** The JSON body of a 422 answer. */
export function encodeIssues(issues: readonly ValidationIssue[]): string {
  const items = issues.map(({ type, loc, msg, input, ctx }) => {
    const members = new Map<string, Json>([
      ['type', type],
      ['loc', loc],
      ['msg', msg],
      ['input', input],
    ]);
    if (ctx !== undefined) members.set('ctx', ctx);
    if (!unlinked.has(type)) members.set('url', documentation + type);
    return members;
  });
  return encodeJson(new Map([['detail', items]]));
}

/** Reads a body of any form completely and tells everything that is wrong with it. `isJson`: its content type says so. */
export function validateIdentityBody(text: string, isJson: boolean): Validated {
  if (text === '') return { ok: false, issues: [issue('missing', ['body'], null)] };
  if (!isJson) return { ok: false, issues: [issue('model_attributes_type', ['body'], text)] };
  let body: Json;
  try {
    body = parseJson(text);
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    return { ok: false, issues: [syntaxIssue(error, text)] };
  }
  if (body === null) return { ok: false, issues: [issue('missing', ['body'], null)] };
  if (!isObject(body)) return { ok: false, issues: [issue('model_attributes_type', ['body'], body)] };
  return validateObject(body);
}

function syntaxIssue(error: JsonSyntaxError, text: string): ValidationIssue {
  // Python counts code points
  const position = [...text.slice(0, error.position)].length;
  return { ...issue('json_invalid', ['body', position], new Map()), ctx: new Map([['error', error.message]]) };
}

function validateObject(body: JsonObject): Validated {
  const issues: ValidationIssue[] = [];
  const identifier = body.get('identifier') ?? null;
  if (identifier !== null && typeof identifier !== 'string') {
    issues.push(issue('string_type', ['body', 'identifier'], identifier));
  } else if (identifier !== null && identifier.length > maxIdentifierLength) {
    issues.push(tooLong(['body', 'identifier'], identifier, maxIdentifierLength));
  }
  const traits = body.get('traits') ?? (body.has('traits') ? null : []);
  if (!isList(traits)) issues.push(issue('list_type', ['body', 'traits'], traits));
  else for (const [index, trait] of traits.entries()) issues.push(...traitIssues(trait, ['body', 'traits', index]));
  if (issues.length > 0) return { ok: false, issues };
  const pairs = (traits as readonly JsonObject[]).map((trait) => {
    const value = trait.get('trait_value') ?? null;
    return [trait.get('trait_key') as string, isScalar(value) ? value : null] as const;
  });
  const echo = pairs.map(([name, value]) => encodeTrait(name, value)).join(',');
  return { ok: true, request: { identifier: identifier as string | null, traits: pairs, echo } };
}

function traitIssues(trait: Json, loc: Location): ValidationIssue[] {
  if (!isObject(trait)) return [issue('model_attributes_type', loc, trait)];
  const issues: ValidationIssue[] = [];
  const name = trait.get('trait_key');
  if (name === undefined) issues.push(issue('missing', [...loc, 'trait_key'], trait));
  else if (typeof name !== 'string') issues.push(issue('string_type', [...loc, 'trait_key'], name));
  const value = trait.get('trait_value') ?? null;
  const valueLoc = [...loc, 'trait_value'];
  if (!isScalar(value)) {
    for (const type of ['str', 'int', 'float', 'bool']) {
      issues.push(issue(`${type === 'str' ? 'string' : type}_type`, [...valueLoc, type], value));
    }
  } else if (typeof value === 'string' && value.length > maxTraitLength && [...value].length > maxTraitLength) {
    issues.push(tooLong([...valueLoc, 'str'], value, maxTraitLength));
  }
  return issues;
}
