import type { Steps } from '../../flags/steps.ts';
import { Float, type Integer, integer, type Json } from './value.ts';

/** The text is not JSON. `message` is Python's wording without the place; `position` counts UTF-16 units from 0. */
export class JsonSyntaxError extends Error {
  override readonly name = 'JsonSyntaxError';
  readonly position: number;

  constructor(message: string, position: number) {
    super(message);
    this.position = position;
  }
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const DOT = 0x2e;
const ZERO = 0x30;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

// deeper nesting than any real document; keeps hostile input off the end of the stack
const maxDepth = 256;
// Python refuses longer integers too, and converting digits to a bigint is quadratic
const maxIntegerDigits = 4300;
const charactersPerStep = 20_000;

const escapes: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ['\\', '\\'],
  ['/', '/'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
]);

/**
 * Reads JSON text piece by piece, so that a large document can be read in slices and a request body without building
 * what it does not need. Accepts what Python's `json` accepts, `NaN` and `Infinity` included (spec section 2.7).
 * Every method throws {@link JsonSyntaxError} at the first mistake.
 */
export class JsonCursor {
  readonly text: string;
  /** Index of the next unread character. */
  position = 0;
  #depth = 0;

  constructor(text: string) {
    this.text = text;
  }

  /** Skips white space and tells the code of the next character, NaN at the end. */
  peek(): number {
    for (;;) {
      const code = this.text.charCodeAt(this.position);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return code;
      this.position += 1;
    }
  }

  /** Whether the next value is a list. */
  atList(): boolean {
    return this.peek() === OPEN_LIST;
  }

  /** Whether the next value is an object. */
  atObject(): boolean {
    return this.peek() === OPEN_OBJECT;
  }

  /** Makes sure that nothing but white space follows. */
  end(): void {
    if (!Number.isNaN(this.peek())) throw this.#error('Extra data');
  }

  /**
   * Steps to the next member of an object and returns its key with the cursor before the value, or null past the end.
   * Call it with `first` once, at the opening brace.
   */
  nextKey(first: boolean): string | null {
    const code = this.peek();
    if (first) {
      this.position += 1;
      this.#enter();
      if (this.peek() === CLOSE_OBJECT) return this.#leave();
    } else if (code === COMMA) {
      this.position += 1;
    } else if (code === CLOSE_OBJECT) {
      return this.#leave();
    } else {
      throw this.#error("Expecting ',' delimiter");
    }
    if (this.peek() !== QUOTE) throw this.#error('Expecting property name enclosed in double quotes');
    const key = this.readString();
    if (this.peek() !== COLON) throw this.#error("Expecting ':' delimiter");
    this.position += 1;
    return key;
  }

  /** Steps to the next item of a list; false past the end. Call it with `first` once, at the opening bracket. */
  nextItem(first: boolean): boolean {
    const code = this.peek();
    if (first) {
      this.position += 1;
      this.#enter();
      if (this.peek() !== CLOSE_LIST) return true;
      this.#leave();
      return false;
    }
    if (code === COMMA) {
      this.position += 1;
      return true;
    }
    if (code !== CLOSE_LIST) throw this.#error("Expecting ',' delimiter");
    this.#leave();
    return false;
  }

  /** Reads the next value, whatever it is. */
  readValue(): Json {
    const code = this.peek();
    if (code === QUOTE) return this.readString();
    if (code === OPEN_OBJECT) {
      const object = new Map<string, Json>();
      for (let key = this.nextKey(true); key !== null; key = this.nextKey(false)) object.set(key, this.readValue());
      return object;
    }
    if (code === OPEN_LIST) {
      const list: Json[] = [];
      for (let more = this.nextItem(true); more; more = this.nextItem(false)) list.push(this.readValue());
      return list;
    }
    if (code === MINUS || (code >= ZERO && code <= 0x39)) return this.#readNumber();
    return this.#readWord();
  }

  /** {@link readValue} in steps, for values that may be large. */
  *readInSteps(): Steps<Json> {
    const outer: { readonly container: Map<string, Json> | Json[]; readonly key: string }[] = [];
    let container: Map<string, Json> | Json[] | null = null;
    let key = '';
    let pauseAt = this.position + charactersPerStep;
    for (;;) {
      let value: Json;
      if (this.atObject()) {
        const object = new Map<string, Json>();
        const first = this.nextKey(true);
        if (first !== null) {
          if (container !== null) outer.push({ container, key });
          container = object;
          key = first;
          continue;
        }
        value = object;
      } else if (this.atList()) {
        const list: Json[] = [];
        if (this.nextItem(true)) {
          if (container !== null) outer.push({ container, key });
          container = list;
          continue;
        }
        value = list;
      } else if (this.peek() === QUOTE && !this.#isShortString()) value = yield* this.#readStringInSteps();
      else value = this.readValue();
      for (;;) {
        if (container === null) return value;
        if (Array.isArray(container)) {
          container.push(value);
          if (this.nextItem(false)) break;
        } else {
          container.set(key, value);
          const next = this.nextKey(false);
          if (next !== null) {
            key = next;
            break;
          }
        }
        value = container;
        const above = outer.pop();
        container = above?.container ?? null;
        key = above?.key ?? '';
      }
      if (this.position >= pauseAt) {
        yield;
        pauseAt = this.position + charactersPerStep;
      }
    }
  }

  /** Reads a string; the cursor stands on its opening quote. */
  readString(): string {
    const { text } = this;
    const start = this.position + 1;
    for (let i = start; ; i++) {
      const code = text.charCodeAt(i);
      if (code === QUOTE) {
        this.position = i + 1;
        return text.slice(start, i);
      }
      if (code === BACKSLASH) return this.#readEscapedString(start, i);
      if (!(code >= 0x20)) throw this.#stringError(start - 1, i);
    }
  }

  #readEscapedString(start: number, firstEscape: number): string {
    const { text } = this;
    let result = '';
    let from = start;
    for (let i = firstEscape; ; ) {
      const code = text.charCodeAt(i);
      if (code === QUOTE) {
        this.position = i + 1;
        return result + text.slice(from, i);
      }
      if (code !== BACKSLASH) {
        if (!(code >= 0x20)) throw this.#stringError(start - 1, i);
        i += 1;
        continue;
      }
      result += text.slice(from, i) + this.#readEscape(start - 1, i);
      i = this.position;
      from = i;
    }
  }

  /** {@link readString} in steps. */
  *#readStringInSteps(): Steps<string> {
    const { text } = this;
    const quote = this.position;
    const parts: string[] = [];
    // millions of pieces in one text would take long to put together
    let pieces: string[] = [];
    let from = quote + 1;
    let pauseAt = from + charactersPerStep;
    for (let i = from; ; ) {
      const code = text.charCodeAt(i);
      if (code === QUOTE) {
        this.position = i + 1;
        return parts.join('') + pieces.join('') + text.slice(from, i);
      }
      if (code === BACKSLASH) {
        pieces.push(text.slice(from, i), this.#readEscape(quote, i));
        i = this.position;
        from = i;
      } else if (code >= 0x20) i += 1;
      else throw this.#stringError(quote, i);
      if (i >= pauseAt) {
        pieces.push(text.slice(from, i));
        parts.push(pieces.join(''));
        pieces = [];
        from = i;
        pauseAt = i + charactersPerStep;
        yield;
      }
    }
  }

  /** Whether the string at the cursor surely ends soon. */
  #isShortString(): boolean {
    const end = this.text.indexOf('"', this.position + 1);
    return end - this.position < charactersPerStep && this.text.charCodeAt(end - 1) !== BACKSLASH;
  }

  /** What an escape stands for; the cursor is then behind it. `quote`: where the string began. */
  #readEscape(quote: number, at: number): string {
    const { text } = this;
    const kind = text.charAt(at + 1);
    const plain = escapes.get(kind);
    if (plain !== undefined) {
      this.position = at + 2;
      return plain;
    }
    if (kind === '') throw new JsonSyntaxError('Unterminated string starting at', quote);
    if (kind !== 'u') throw new JsonSyntaxError('Invalid \\escape', at);
    const hex = text.slice(at + 2, at + 6);
    if (!/^[0-9a-fA-F]{4}$/.test(hex)) throw new JsonSyntaxError('Invalid \\uXXXX escape', at + 1);
    this.position = at + 6;
    return String.fromCharCode(Number.parseInt(hex, 16));
  }

  #readNumber(): Integer | Float {
    const { text } = this;
    const start = this.position;
    let i = start;
    if (text.charCodeAt(i) === MINUS) i += 1;
    const digits = i;
    i = text.charCodeAt(i) === ZERO ? i + 1 : skipDigits(text, i);
    if (i === digits) return text.startsWith('-Infinity', start) ? this.#word('-Infinity') : this.#noValue();
    const wholeEnd = i;
    if (text.charCodeAt(i) === DOT) {
      const fraction = skipDigits(text, i + 1);
      if (fraction > i + 1) i = fraction;
    }
    if ((text.charCodeAt(i) | 0x20) === 0x65) {
      const sign = text.charCodeAt(i + 1);
      const exponent = sign === MINUS || sign === 0x2b ? i + 2 : i + 1;
      const end = skipDigits(text, exponent);
      if (end > exponent) i = end;
    }
    this.position = i;
    if (i > wholeEnd) return new Float(Number(text.slice(start, i)));
    // + 0 turns -0 into 0: Python has no negative zero among its integers
    if (i - start <= 15) return Number(text.slice(start, i)) + 0;
    if (i - digits > maxIntegerDigits) throw new JsonSyntaxError('Integer too long', start);
    return integer(BigInt(text.slice(start, i)));
  }

  #readWord(): Json {
    switch (this.text[this.position]) {
      case 't':
        return this.#expect('true', true);
      case 'f':
        return this.#expect('false', false);
      case 'n':
        return this.#expect('null', null);
      case 'N':
        return this.text.startsWith('NaN', this.position) ? this.#word('NaN') : this.#noValue();
      case 'I':
        return this.text.startsWith('Infinity', this.position) ? this.#word('Infinity') : this.#noValue();
      default:
        return this.#noValue();
    }
  }

  #expect<T>(word: string, value: T): T {
    if (!this.text.startsWith(word, this.position)) throw this.#error('Expecting value');
    this.position += word.length;
    return value;
  }

  #word(word: string): Float {
    this.position += word.length;
    return new Float(Number(word));
  }

  #noValue(): never {
    throw this.#error('Expecting value');
  }

  #enter(): void {
    this.#depth += 1;
    if (this.#depth > maxDepth) throw this.#error('Nesting too deep');
  }

  #leave(): null {
    this.#depth -= 1;
    this.position += 1;
    return null;
  }

  #stringError(quote: number, at: number): JsonSyntaxError {
    return at >= this.text.length
      ? new JsonSyntaxError('Unterminated string starting at', quote)
      : new JsonSyntaxError('Invalid control character at', at);
  }

  #error(message: string): JsonSyntaxError {
    return new JsonSyntaxError(message, this.position);
  }
}

function skipDigits(text: string, from: number): number {
  let i = from;
  for (let code = text.charCodeAt(i); code >= ZERO && code <= 0x39; code = text.charCodeAt(i)) i += 1;
  return i;
}

/** Parses a whole JSON text. Throws {@link JsonSyntaxError}. */
export function parseJson(text: string): Json {
  const cursor = new JsonCursor(text);
  const value = cursor.readValue();
  cursor.end();
  return value;
}
