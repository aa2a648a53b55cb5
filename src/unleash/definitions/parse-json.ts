import type { Steps } from '../../flags/steps.ts';
import { UnusableDefinitionsError } from './read-document.ts';

/** Parts up to this size go through `JSON.parse` in one go, which takes a third of a millisecond. */
const partBytes = 32 * 1024;
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

/** What becomes of the flags in a document. */
export interface FlagReader {
  /**
   * Says what to keep of an entry of a list of flags.
   *
   * @param bytes what it was parsed from; not to be kept. Missing where an entry was not parsed by itself
   */
  read(entry: unknown, bytes?: Uint8Array): unknown;
  /** The flag that begins here, where its bytes are those of one that is known: it is not parsed then. */
  recall?(bytes: Uint8Array, start: number): Recalled | undefined;
}

/** A flag that was recognised by its bytes. */
export interface Recalled {
  readonly entry: unknown;
  /** How many bytes it takes. */
  readonly length: number;
}

/**
 * Parses JSON of any size in steps of less than a millisecond, so that a document of many megabytes does not hold up
 * requests: large lists and objects are cut into their members, which are parsed one by one.
 *
 * @param flags gets the entries of large lists named `features` as soon as they are parsed, so that a document's
 * objects are never there all at once. It must also do for what is no flag
 * @throws UnusableDefinitionsError for anything that is no JSON
 */
export function* parseJsonInSteps(bytes: Uint8Array, flags?: FlagReader): Steps<unknown> {
  if (bytes.length <= partBytes) return parsePart(bytes, 0, bytes.length);
  const cursor = { bytes, flags, position: skipSpace(bytes, 0) };
  const value = yield* parseValue(cursor, 0, false);
  if (skipSpace(bytes, cursor.position) < bytes.length) throw unusable('text behind the end');
  return value;
}

/** Where parsing stands. */
interface Cursor {
  readonly bytes: Uint8Array;
  readonly flags: FlagReader | undefined;
  position: number;
}

/**
 * Parses the value at the cursor and moves behind it. How long a value is gets looked at only as far as one part may be:
 * every byte of a large document is looked at once, and not once per level.
 */
function* parseValue(cursor: Cursor, depth: number, isListOfFlags: boolean): Steps<unknown> {
  const { bytes, position } = cursor;
  const end = endOfValue(bytes, position);
  if (end !== undefined) {
    cursor.position = end;
    return parsePart(bytes, position, end);
  }
  if (depth >= maximumDepth) throw unusable('nested too deeply for its size');
  cursor.position = skipSpace(bytes, position + 1);
  return bytes[position] === openBracket
    ? yield* parseList(cursor, depth, isListOfFlags ? cursor.flags : undefined)
    : yield* parseObject(cursor, depth);
}

function* parseList(cursor: Cursor, depth: number, flags: FlagReader | undefined): Steps<unknown[]> {
  const { bytes } = cursor;
  const list: unknown[] = [];
  while (bytes[cursor.position] !== closeBracket) {
    const start = cursor.position;
    const known = flags?.recall?.(bytes, start);
    if (known !== undefined) {
      list.push(known.entry);
      cursor.position += known.length;
    } else {
      const entry = yield* parseValue(cursor, depth + 1, false);
      list.push(flags === undefined ? entry : flags.read(entry, bytes.subarray(start, cursor.position)));
    }
    yield;
    cursor.position = nextMember(bytes, cursor.position, closeBracket);
  }
  cursor.position++;
  return list;
}

function* parseObject(cursor: Cursor, depth: number): Steps<Record<string, unknown>> {
  const { bytes } = cursor;
  const object: Record<string, unknown> = Object.create(null);
  while (bytes[cursor.position] !== closeBrace) {
    const name = yield* parseValue(cursor, maximumDepth, false);
    const position = skipSpace(bytes, cursor.position);
    if (typeof name !== 'string' || bytes[position] !== colon) throw unusable('a member without a name');
    cursor.position = skipSpace(bytes, position + 1);
    object[name] = yield* parseValue(cursor, depth + 1, name === 'features');
    yield;
    cursor.position = nextMember(bytes, cursor.position, closeBrace);
  }
  cursor.position++;
  return object;
}

/** Start of the member behind a comma, or the position of the closing character. */
function nextMember(bytes: Uint8Array, after: number, close: number): number {
  const position = skipSpace(bytes, after);
  if (bytes[position] === close) return position;
  if (position >= bytes.length) throw unusable('the end is missing');
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

/**
 * End of the value that starts here; undefined for a list or object that is longer than a part. Only brackets and
 * strings are looked at; `JSON.parse` judges the rest.
 */
function endOfValue(bytes: Uint8Array, start: number): number | undefined {
  let depth = 0;
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
      case colon:
        if (depth === 0) return position;
        break;
    }
    if (position - start > partBytes) {
      if (depth === 0) throw unusable('a value that is too long');
      return undefined;
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
