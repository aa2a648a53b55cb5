import { isList, isObject, type Json } from '../json/value.ts';

type Selector =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'slice'; readonly start: number | null; readonly end: number | null; readonly step: number }
  | { readonly kind: 'wildcard' };

/** One step of a path: which members of the current nodes, or of all their descendants, to go on with. */
export interface PathSegment {
  readonly descendant: boolean;
  readonly selectors: readonly Selector[];
}

const shorthand = /[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*/y;
const blank = /[ \t\n\r]*/y;
const wholeNumber = /-?[1-9][0-9]*|0/y;
const sliceForm =
  /(-?[1-9][0-9]*|0)?[ \t\n\r]*:[ \t\n\r]*(-?[1-9][0-9]*|0)?[ \t\n\r]*(?::[ \t\n\r]*(-?[1-9][0-9]*|0)?)?/y;

/** Longer texts are names of traits, if anything. */
const maxLength = 1_000;

/**
 * Parses an RFC 9535 path strictly; null when it is not one, which makes a condition's property a plain trait name
 * (spec section 7.4). Filter selectors are not known and count as "not a path".
 */
export function parseJsonPath(text: string): readonly PathSegment[] | null {
  return text.startsWith('$') && text.length <= maxLength ? new PathParser(text).run() : null;
}

class PathParser {
  readonly #text: string;
  #at = 1;

  constructor(text: string) {
    this.#text = text;
  }

  run(): PathSegment[] | null {
    const segments: PathSegment[] = [];
    while (this.#at < this.#text.length) {
      this.#take(blank);
      const segment = this.#segment();
      if (segment === null) return null;
      segments.push(segment);
    }
    return segments;
  }

  #segment(): PathSegment | null {
    const descendant = this.#eat('..');
    if (descendant || this.#eat('.')) {
      if (this.#eat('*')) return { descendant, selectors: [{ kind: 'wildcard' }] };
      const name = this.#take(shorthand);
      if (name !== null && name !== '') return { descendant, selectors: [{ kind: 'name', name }] };
      if (!descendant) return null;
    }
    const selectors = this.#brackets();
    return selectors === null ? null : { descendant, selectors };
  }

  #brackets(): Selector[] | null {
    if (!this.#eat('[')) return null;
    const selectors: Selector[] = [];
    do {
      this.#take(blank);
      const selector = this.#selector();
      if (selector === null) return null;
      selectors.push(selector);
      this.#take(blank);
    } while (this.#eat(','));
    return this.#eat(']') ? selectors : null;
  }

  #selector(): Selector | null {
    if (this.#eat('*')) return { kind: 'wildcard' };
    const quote = this.#text[this.#at];
    if (quote === "'" || quote === '"') {
      const name = this.#quoted(quote);
      return name === null ? null : { kind: 'name', name };
    }
    const slice = this.#match(sliceForm);
    if (slice !== null) {
      const part = (text: string | undefined) => (text === undefined ? null : Number(text));
      return { kind: 'slice', start: part(slice[1]), end: part(slice[2]), step: part(slice[3]) ?? 1 };
    }
    const index = this.#take(wholeNumber);
    return index === null || index === '' ? null : { kind: 'index', index: Number(index) };
  }

  #quoted(quote: string): string | null {
    let name = '';
    for (this.#at += 1; this.#at < this.#text.length; this.#at += 1) {
      const char = this.#text[this.#at]!;
      if (char === quote) {
        this.#at += 1;
        return name;
      }
      if (char < ' ') return null;
      if (char !== '\\') {
        name += char;
        continue;
      }
      const escaped = this.#escape(quote);
      if (escaped === null) return null;
      name += escaped;
    }
    return null;
  }

  #escape(quote: string): string | null {
    this.#at += 1;
    const kind = this.#text[this.#at] ?? '';
    if (kind === quote || kind === '\\' || kind === '/') return kind;
    if (kind === 'u') {
      const hex = this.#text.slice(this.#at + 1, this.#at + 5);
      if (!/^[0-9a-fA-F]{4}$/.test(hex)) return null;
      this.#at += 4;
      return String.fromCharCode(Number.parseInt(hex, 16));
    }
    const index = 'bfnrt'.indexOf(kind);
    return kind === '' || index === -1 ? null : '\b\f\n\r\t'[index]!;
  }

  #eat(token: string): boolean {
    if (!this.#text.startsWith(token, this.#at)) return false;
    this.#at += token.length;
    return true;
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match !== null) this.#at += match[0].length;
    return match;
  }

  #take(pattern: RegExp): string | null {
    return this.#match(pattern)?.[0] ?? null;
  }
}

/** Most nodes that are visited for one path. */
export const maxVisits = 20_000;

/** The first node a path selects, or undefined. Gives up, as if there were none, when no visits are left. */
export function selectFirst(root: Json, path: readonly PathSegment[], visits = { left: maxVisits }): Json | undefined {
  for (const node of select(root, path, 0, visits)) return node;
  return undefined;
}

function* select(node: Json, path: readonly PathSegment[], depth: number, visits: { left: number }): Generator<Json> {
  const segment = path[depth];
  if (segment === undefined) {
    yield node;
    return;
  }
  visits.left -= 1;
  if (visits.left <= 0) return;
  for (const selector of segment.selectors) {
    for (const child of children(node, selector)) yield* select(child, path, depth + 1, visits);
  }
  if (!segment.descendant) return;
  for (const child of children(node, { kind: 'wildcard' })) yield* select(child, path, depth, visits);
}

function children(node: Json, selector: Selector): readonly Json[] {
  if (isObject(node)) {
    if (selector.kind === 'wildcard') return [...node.values()];
    const found = selector.kind === 'name' ? node.get(selector.name) : undefined;
    return found === undefined ? [] : [found];
  }
  if (!isList(node)) return [];
  if (selector.kind === 'wildcard') return node;
  if (selector.kind === 'index') {
    const found = node.at(selector.index);
    return found === undefined ? [] : [found];
  }
  return selector.kind === 'slice' ? slice(node, selector.start, selector.end, selector.step) : [];
}

function slice(items: readonly Json[], start: number | null, end: number | null, step: number): readonly Json[] {
  const result: Json[] = [];
  if (step === 0) return result;
  const { length } = items;
  const bound = (value: number | null, fallback: number) =>
    value === null ? fallback : value < 0 ? length + value : value;
  if (step > 0) {
    const upper = Math.min(bound(end, length), length);
    for (let i = Math.max(bound(start, 0), 0); i < upper; i += step) result.push(items[i]!);
  } else {
    const lower = Math.max(bound(end, -1 - length * 2), -1);
    for (let i = Math.min(bound(start, length - 1), length - 1); i > lower; i += step) result.push(items[i]!);
  }
  return result;
}
