/** A Python pattern in RE2's syntax with its leading flags, or why it cannot be written so. */
export type TranslatedRegex =
  | {
      readonly ok: true;
      readonly source: string;
      readonly flags: string;
      readonly lookbehind: boolean;
      readonly size: number;
    }
  | { readonly ok: false; readonly reason: 'invalid' | 'unsupported'; readonly message: string };

class RegexProblem extends Error {
  readonly reason: 'invalid' | 'unsupported';

  constructor(reason: 'invalid' | 'unsupported', message: string) {
    super(message);
    this.reason = reason;
  }
}

const invalid = (message: string) => new RegexProblem('invalid', message);
const unsupported = (message: string) => new RegexProblem('unsupported', message);

// Python's classes are Unicode-aware, RE2's are ASCII
const wordItems = '\\p{L}\\p{N}_';
const spaceItems =
  '\\t-\\r\\x1c-\\x20\\x{85}\\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}';
const nonSpaceItems =
  '\\x00-\\x08\\x0e-\\x1b\\x21-\\x{84}\\x{86}-\\x{9f}\\x{a1}-\\x{167f}\\x{1681}-\\x{1fff}\\x{200b}-\\x{2027}\\x{202a}-\\x{202e}\\x{2030}-\\x{205e}\\x{2060}-\\x{2fff}\\x{3001}-\\x{10ffff}';

interface Scope {
  readonly multiline: boolean;
  readonly verbose: boolean;
}

/** What an open group leaves behind until it is closed. */
interface Outer {
  readonly scope: Scope;
  readonly size: number;
  readonly last: number;
}

const unicodeClassSize = 10;

/** Largest pattern, in single-character steps with repeats written out: compiling and matching take time in step with it. */
export const maxPatternSize = 3000;

/**
 * Translates Python `re` syntax (3.11) to RE2's: named groups, `\Z`, `$` before a final newline, Unicode classes,
 * verbose mode, escapes (spec section 13). Groups lose their names and numbers, since only the yes or no is wanted.
 */
export function translateRegex(pattern: string): TranslatedRegex {
  try {
    new Translator(pattern, unicodeClassSize).run();
    return { ok: true, ...new Translator(pattern, 1).run() };
  } catch (error) {
    if (error instanceof RegexProblem) return { ok: false, reason: error.reason, message: error.message };
    throw error;
  }
}

class Translator {
  readonly #chars: readonly string[];
  readonly #classSize: number;
  #at = 0;
  #out = '';
  #flags = '';
  #ascii = false;
  #lookbehind = false;
  #scope: Scope = { multiline: false, verbose: false };
  readonly #outer: Outer[] = [];
  // steps of the current group, without and of its latest item
  #size = 0;
  #last = 0;
  readonly #names = new Set<string>();

  /** @param classSize what a class that knows all of Unicode counts: more where it is compiled than where it is matched */
  constructor(pattern: string, classSize: number) {
    this.#classSize = classSize;
    this.#chars = [...pattern];
  }

  run(): { source: string; flags: string; lookbehind: boolean; size: number } {
    while (this.#at < this.#chars.length) this.#next();
    if (this.#outer.length > 0) throw invalid('missing ), unterminated subpattern');
    const size = this.#size + this.#last;
    if (size > maxPatternSize) throw unsupported('the pattern is too large');
    const flags = this.#flags === '' ? '' : `(?${this.#flags})`;
    return { source: this.#out, flags, lookbehind: this.#lookbehind, size };
  }

  #next(): void {
    const char = this.#chars[this.#at++]!;
    switch (char) {
      case '\\':
        this.#item(this.#escape(false));
        return;
      case '[':
        this.#class();
        return;
      case '(':
        this.#open();
        return;
      case ')':
        this.#close();
        return;
      case '$':
        this.#item(this.#scope.multiline ? '$' : '(?:\\n?\\z)');
        return;
      case '{':
        this.#brace();
        return;
      case '*':
      case '+':
      case '?':
      case '|':
        this.#out += char;
        return;
      case '#':
        if (this.#scope.verbose) this.#skipComment();
        else this.#item('#');
        return;
      default:
        if (!this.#scope.verbose || !/[ \t\n\r\f\v]/.test(char)) this.#item(char);
    }
  }

  #item(text: string): void {
    this.#size += this.#last;
    this.#last = text.includes('\\p{') || text.includes('\\P{') ? this.#classSize : 1;
    this.#out += text;
  }

  #enter(): void {
    this.#outer.push({ scope: this.#scope, size: this.#size, last: this.#last });
    this.#size = 0;
    this.#last = 0;
  }

  /** Goes back to what was before the innermost group, as if it had not been there. */
  #leave(): Outer | undefined {
    const outer = this.#outer.pop();
    if (outer !== undefined) {
      this.#size = outer.size;
      this.#last = outer.last;
    }
    return outer;
  }

  #skipComment(): void {
    while (this.#at < this.#chars.length && this.#chars[this.#at] !== '\n') this.#at += 1;
  }

  #brace(): void {
    const rest = this.#chars.slice(this.#at, this.#at + 40).join('');
    const bounds = /^([0-9]*)(,?)([0-9]*)\}/.exec(rest);
    if (bounds === null || (bounds[1] === '' && bounds[3] === '' && bounds[2] === '') || bounds[0] === ',}') {
      // `{,}` is a quantifier in Python (any number), every other odd brace is a plain character
      if (bounds?.[0] === ',}') {
        this.#out += '*';
        this.#at += 2;
      } else this.#item('\\{');
      return;
    }
    this.#last *= Math.max(Number(bounds[1]), Number(bounds[3]), 1);
    this.#out += `{${bounds[1] === '' ? '0' : bounds[1]}${bounds[2]}${bounds[3]}}`;
    this.#at += bounds[0].length;
  }

  #open(): void {
    this.#enter();
    if (this.#chars[this.#at] !== '?') {
      this.#out += '(?:';
      return;
    }
    const rest = this.#chars.slice(this.#at + 1, this.#at + 200).join('');
    const named = /^P<([^>]*)>/.exec(rest);
    if (rest.startsWith(':')) this.#group(2);
    else if (named !== null) this.#named(named[1]!, [...named[0]].length);
    else if (rest.startsWith('#')) this.#comment();
    else this.#extension(rest);
  }

  #extension(rest: string): void {
    if (/^P=|^\(/.test(rest)) throw unsupported('back-references cannot be matched in linear time');
    if (/^<[=!]/.test(rest)) {
      this.#lookbehind = true;
      this.#out += `(?${rest.slice(0, 2)}`;
      this.#at += 3;
      return;
    }
    if (/^[=!>]/.test(rest))
      throw unsupported('lookahead within a pattern and atomic groups cannot be matched in linear time');
    const flags = /^([aiLmsux]*)(?:-([imsx]+))?([:)])/.exec(rest);
    if (flags === null || (flags[1] === '' && flags[2] === undefined)) throw invalid('unknown extension');
    if (flags[3] === ':') this.#scoped(flags[1]!, flags[2] ?? '', flags[0].length);
    else this.#global(flags[1]!, flags[2], flags[0].length);
  }

  #group(length: number): void {
    this.#out += '(?:';
    this.#at += length;
  }

  #named(name: string, length: number): void {
    if (!/^[\p{L}_][\p{L}\p{N}_]*$/u.test(name) || this.#names.has(name)) throw invalid(`bad group name ${name}`);
    this.#names.add(name);
    this.#group(length + 1);
  }

  #comment(): void {
    const end = this.#chars.indexOf(')', this.#at);
    if (end === -1) throw invalid('missing ), unterminated comment');
    this.#at = end + 1;
    this.#leave();
  }

  #scoped(on: string, off: string, length: number): void {
    if (/[aLu]/.test(on)) throw unsupported('character class flags of a part of the pattern');
    this.#scope = {
      multiline: (this.#scope.multiline || on.includes('m')) && !off.includes('m'),
      verbose: (this.#scope.verbose || on.includes('x')) && !off.includes('x'),
    };
    const kept = on.replaceAll('x', '');
    const dropped = off.replaceAll('x', '');
    this.#out += `(?${kept}${dropped === '' ? '' : `-${dropped}`}:`;
    this.#at += length + 1;
  }

  #global(on: string, off: string | undefined, length: number): void {
    this.#leave();
    if (off !== undefined || on.includes('L')) throw invalid('bad inline flags');
    if (this.#out !== '' || this.#outer.length > 0) throw invalid('global flags not at the start of the expression');
    this.#ascii ||= on.includes('a');
    this.#scope = {
      multiline: this.#scope.multiline || on.includes('m'),
      verbose: this.#scope.verbose || on.includes('x'),
    };
    this.#flags += on.replaceAll(/[aux]/g, '');
    this.#at += length + 1;
  }

  #close(): void {
    const inner = this.#size + this.#last;
    const outer = this.#leave();
    if (outer === undefined) throw invalid('unbalanced parenthesis');
    this.#scope = outer.scope;
    this.#item(')');
    this.#last = inner;
  }

  #class(): void {
    const negated = this.#chars[this.#at] === '^';
    if (negated) this.#at += 1;
    let items = '';
    let notWord = false;
    for (let first = true; ; first = false) {
      const char = this.#chars[this.#at++];
      if (char === undefined) throw invalid('unterminated character set');
      if (char === ']' && !first) break;
      if (char === '\\') {
        if (this.#chars[this.#at] === 'W' && !this.#ascii) {
          notWord = true;
          this.#at += 1;
        } else items += this.#escape(true);
      } else items += /[[\]^]/.test(char) ? `\\${char}` : char;
    }
    this.#item(notWord ? classWithNonWord(items, negated) : `[${negated ? '^' : ''}${items}]`);
  }

  #escape(inClass: boolean): string {
    const char = this.#chars[this.#at++];
    if (char === undefined) throw invalid('bad escape (end of pattern)');
    const set = this.#ascii ? undefined : unicodeSet(char, inClass);
    if (set !== undefined) return set;
    if (/[dDwWsSafnrtv]/.test(char)) return `\\${char}`;
    if (char === 'b') return inClass ? '\\x08' : '\\b';
    if (!inClass && (char === 'A' || char === 'B')) return `\\${char}`;
    if (!inClass && char === 'Z') return '\\z';
    if (char === 'x') return this.#hex(2);
    if (char === 'u') return this.#hex(4);
    if (char === 'U') return this.#hex(8);
    if (/[0-9]/.test(char)) return this.#octal(char, inClass);
    if (/[A-Za-z]/.test(char)) throw char === 'N' ? unsupported('named characters') : invalid(`bad escape \\${char}`);
    return /[\p{ASCII}]/u.test(char) && !/\s/.test(char) ? `\\${char}` : char;
  }

  #hex(digits: number): string {
    const hex = this.#chars.slice(this.#at, this.#at + digits).join('');
    if (hex.length !== digits || !/^[0-9a-fA-F]+$/.test(hex) || Number.parseInt(hex, 16) > 0x10ffff) {
      throw invalid('incomplete or bad escape');
    }
    this.#at += digits;
    return `\\x{${hex}}`;
  }

  #octal(first: string, inClass: boolean): string {
    const rest = this.#chars.slice(this.#at, this.#at + 2).join('');
    const digits = first + (/^[0-7]*/.exec(rest)?.[0] ?? '');
    if (first !== '0' && !(digits.length === 3 && /^[0-3]/.test(digits)) && !inClass) {
      throw unsupported('back-references cannot be matched in linear time');
    }
    if (!/^[0-7]+$/.test(digits)) throw invalid('bad escape');
    this.#at += digits.length - 1;
    return `\\x{${Number.parseInt(digits, 8).toString(16)}}`;
  }
}

function unicodeSet(char: string, inClass: boolean): string | undefined {
  switch (char) {
    case 'd':
      return '\\p{Nd}';
    case 'D':
      return '\\P{Nd}';
    case 'w':
      return inClass ? wordItems : `[${wordItems}]`;
    case 'W':
      return `[^${wordItems}]`;
    case 's':
      return inClass ? spaceItems : `[${spaceItems}]`;
    case 'S':
      return inClass ? nonSpaceItems : `[${nonSpaceItems}]`;
    default:
      return undefined;
  }
}

function classWithNonWord(items: string, negated: boolean): string {
  const nonWord = `[^${wordItems}]`;
  if (!negated) return items === '' ? nonWord : `(?:[${items}]|${nonWord})`;
  if (items === '') return `[${wordItems}]`;
  if (items === '_') return '[\\p{L}\\p{N}]';
  // the usual ways to say "letters"
  if (items === '\\p{Nd}_' || items === '_\\p{Nd}') return '[\\p{L}\\p{Nl}\\p{No}]';
  if (items === '\\p{Nd}') return '[\\p{L}\\p{Nl}\\p{No}_]';
  throw unsupported('a negated class with \\W and more');
}
