import { JsonCursor, JsonSyntaxError } from '../json/cursor.ts';
import { encodeJson } from '../json/encode.ts';
import { isScalar, type Scalar } from '../json/value.ts';

/** A request for an identity's flags. */
export interface IdentityRequest {
  /** Null when it was sent as null or not at all. */
  readonly identifier: string | null;
  readonly traits: readonly (readonly [string, Scalar])[];
  /** The traits to echo, as the inside of a JSON list. */
  readonly echo: string;
}

/** Longest text a trait may have, in code points. */
export const maxTraitLength = 2000;

/**
 * Longest identifier, in UTF-16 units. The original has no limit; an identifier is hashed once per multivariate feature,
 * so megabytes of it would hold up everybody.
 */
export const maxIdentifierLength = 10_000;

/**
 * Reads a body of the form every SDK sends in one pass, without building objects (spec section 2.7). Null for
 * everything else, right or wrong: `validateIdentityBody` then says which.
 */
export function readIdentityBody(text: string): IdentityRequest | null {
  try {
    return new BodyReader(text).read();
  } catch (error) {
    if (error instanceof JsonSyntaxError) return null;
    throw error;
  }
}

class BodyReader {
  readonly #cursor: JsonCursor;
  #traits: (readonly [string, Scalar])[] = [];
  #echo = '';

  constructor(text: string) {
    this.#cursor = new JsonCursor(text);
  }

  read(): IdentityRequest | null {
    const cursor = this.#cursor;
    let identifier: string | null = null;
    if (!cursor.atObject()) return null;
    for (let key = cursor.nextKey(true); key !== null; key = cursor.nextKey(false)) {
      if (key === 'identifier') {
        const value = cursor.readValue();
        if (value !== null && (typeof value !== 'string' || value.length > maxIdentifierLength)) return null;
        identifier = value;
      } else if (key === 'traits') {
        if (!cursor.atList() || !this.#readTraits()) return null;
      } else cursor.readValue();
    }
    cursor.end();
    return { identifier, traits: this.#traits, echo: this.#echo };
  }

  #readTraits(): boolean {
    const cursor = this.#cursor;
    this.#traits = [];
    this.#echo = '';
    for (let more = cursor.nextItem(true); more; more = cursor.nextItem(false)) {
      if (!cursor.atObject() || !this.#readTrait()) return false;
    }
    return true;
  }

  #readTrait(): boolean {
    const cursor = this.#cursor;
    const start = cursor.position;
    let name: string | null = null;
    let value: Scalar = null;
    let nameLength = 0;
    let valueLength = 0;
    for (let key = cursor.nextKey(true); key !== null; key = cursor.nextKey(false)) {
      cursor.peek();
      const from = cursor.position;
      const read = cursor.readValue();
      if (key === 'trait_key') {
        if (typeof read !== 'string') return false;
        name = read;
        nameLength = cursor.position - from;
      } else if (key === 'trait_value') {
        if (!isScalar(read) || (typeof read === 'string' && read.length > maxTraitLength)) return false;
        value = read;
        valueLength = cursor.position - from;
      }
    }
    if (name === null) return false;
    this.#traits.push([name, value]);
    const sent = cursor.text.slice(start, cursor.position);
    const echo = isMinimal(sent, name, value, nameLength, valueLength) ? sent : encodeTrait(name, value);
    this.#echo += this.#echo === '' ? echo : `,${echo}`;
    return true;
  }
}

/** `{"trait_key":` and `,"trait_value":` and `}`. */
const frameLength = 29;

/**
 * Whether what was sent is already what is to be echoed. No shorter text holds both members, so equal length means that
 * nothing else is in it; what remains is their order and values that have several spellings.
 */
function isMinimal(sent: string, name: string, value: Scalar, nameLength: number, valueLength: number): boolean {
  if (sent.length !== frameLength + nameLength + valueLength || nameLength !== name.length + 2) return false;
  if (!sent.startsWith('{"trait_key":')) return false;
  if (typeof value === 'string') return valueLength === value.length + 2;
  return typeof value === 'boolean' || value === null || (typeof value === 'number' && value !== 0);
}

/** One trait as it is echoed. */
export function encodeTrait(name: string, value: Scalar): string {
  return `{"trait_key":${JSON.stringify(name)},"trait_value":${encodeJson(value)}}`;
}
