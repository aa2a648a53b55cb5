import type { Steps } from '../../flags/steps.ts';
import { UnusableDefinitionsError } from './read-document.ts';

/** Parts up to this size go through `JSON.parse` in one go: a few milliseconds. */
const partBytes = 128 * 1024;
/** Large parts inside large parts are opened up to this depth. Real documents need three. */
const maximumDepth = 8;

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const colon = 0x3a;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

const decoder = new TextDecoder();

/** Says what to keep of an entry of a list of flags. */
export type TakeEntry = (entry: unknown) => unknown;

/**
 * Parses JSON of any size in steps of a few milliseconds, so that a document of many megabytes does not hold up
 * requests: large lists and objects are cut into their members, which are parsed one by one.
 *
 * @param takeFeature gets the entries of large lists named `features` as soon as they are parsed, so that a document's
 * objects are never there all at once. It must also do for what is no flag
 * @throws UnusableDefinitionsError for anything that is no JSON
 */
export function* parseJsonInSteps(bytes: Uint8Array, takeFeature?: TakeEntry): Steps<unknown> {
  if (bytes.length <= partBytes) return parsePart(bytes, 0, bytes.length);
  const start = skipSpace(bytes, 0);
  const end = yield* skipValue(bytes, start);
  if (skipSpace(bytes, end) < bytes.length) throw unusable('text behind the end');
  return yield* parseValue({ bytes, takeFeature }, start, end, 0);
}

interface Source {
  readonly bytes: Uint8Array;
  /** undefined also inside a flag. */
  readonly takeFeature: TakeEntry | undefined;
}

function* parseValue(source: Source, start: number, end: number, depth: number, take?: TakeEntry): Steps<unknown> {
  const { bytes } = source;
  const first = bytes[start];
  const opens = first === openBracket || first === openBrace;
  if (end - start <= partBytes || !opens) return parsePart(bytes, start, end);
  if (depth >= maximumDepth) throw unusable('nested too deeply for its size');
  return first === openBracket
    ? yield* parseList(source, start, end, depth, take)
    : yield* parseObject(source, start, end, depth);
}

function* parseList(source: Source, start: number, end: number, depth: number, take?: TakeEntry): Steps<unknown[]> {
  const { bytes } = source;
  const inside = take === undefined ? source : { bytes, takeFeature: undefined };
  const list: unknown[] = [];
  let position = skipSpace(bytes, start + 1);
  while (position < end - 1) {
    const after = yield* skipValue(bytes, position);
    const entry = yield* parseValue(inside, position, after, depth + 1);
    list.push(take === undefined ? entry : take(entry));
    yield;
    position = nextMember(bytes, after, closeBracket);
  }
  return list;
}

function* parseObject(source: Source, start: number, end: number, depth: number): Steps<Record<string, unknown>> {
  const { bytes } = source;
  const object: Record<string, unknown> = Object.create(null);
  let position = skipSpace(bytes, start + 1);
  while (position < end - 1) {
    const afterName = yield* skipValue(bytes, position);
    const name = parsePart(bytes, position, afterName);
    position = skipSpace(bytes, afterName);
    if (typeof name !== 'string' || bytes[position] !== colon) throw unusable('a member without a name');
    position = skipSpace(bytes, position + 1);
    const after = yield* skipValue(bytes, position);
    const take = name === 'features' ? source.takeFeature : undefined;
    object[name] = yield* parseValue(source, position, after, depth + 1, take);
    yield;
    position = nextMember(bytes, after, closeBrace);
  }
  return object;
}

/** Start of the member behind a comma, or the position of the closing character. */
function nextMember(bytes: Uint8Array, after: number, close: number): number {
  const position = skipSpace(bytes, after);
  if (bytes[position] === close) return position;
  if (bytes[position] !== comma) throw unusable('a missing comma');
  const next = skipSpace(bytes, position + 1);
  if (bytes[next] === close) throw unusable('a comma too many');
  return next;
}

function parsePart(bytes: Uint8Array, start: number, end: number): unknown {
  try {
    return JSON.parse(decoder.decode(bytes.subarray(start, end)));
  } catch (error) {
    throw unusable((error as Error).message);
  }
}

function skipSpace(bytes: Uint8Array, start: number): number {
  let position = start;
  while (bytes[position] === 0x20 || bytes[position] === 0x0a || bytes[position] === 0x0d || bytes[position] === 0x09) {
    position++;
  }
  return position;
}

/** End of the value that starts here. Only brackets and strings are looked at; `JSON.parse` judges the rest. */
function* skipValue(bytes: Uint8Array, start: number): Steps<number> {
  let depth = 0;
  let pausedAt = start;
  for (let position = start; position < bytes.length; position++) {
    switch (bytes[position]) {
      case quote:
        position = skipString(bytes, position);
        if (depth === 0) return position + 1;
        break;
      case openBracket:
      case openBrace:
        depth++;
        break;
      case closeBracket:
      case closeBrace:
        depth--;
        if (depth === 0) return position + 1;
        if (depth < 0) return position;
        break;
      case comma:
        if (depth === 0) return position;
        break;
    }
    if (position - pausedAt > partBytes) {
      pausedAt = position;
      yield;
    }
  }
  if (depth !== 0) throw unusable('the end is missing');
  return bytes.length;
}

/** Position of the closing quote. */
function skipString(bytes: Uint8Array, start: number): number {
  for (let end = bytes.indexOf(quote, start + 1); end >= 0; end = bytes.indexOf(quote, end + 1)) {
    let slashes = 0;
    while (bytes[end - 1 - slashes] === backslash) slashes++;
    if (slashes % 2 === 0) return end;
  }
  throw unusable('a text without end');
}

function unusable(reason: string): UnusableDefinitionsError {
  return new UnusableDefinitionsError(`the answer is no JSON: ${reason}`);
}
