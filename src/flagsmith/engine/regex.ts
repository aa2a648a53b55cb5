import { literalOf } from './regex-literal.ts';
import { splitLookaheads } from './regex-lookahead.ts';
import { translateRegex } from './regex-syntax.ts';

/** A compiled pattern, or why there is none. `unsupported`: Python knows the construct, linear-time matching does not. */
export type CompiledRegex =
  | {
      readonly ok: true;
      readonly test: (text: string) => boolean;
      /** Single-character steps with repeats written out: matching takes time in step with it. */
      readonly size: number;
    }
  | { readonly ok: false; readonly reason: 'invalid' | 'unsupported'; readonly message: string };

const maxPatternLength = 30_000;
const maxLookaheads = 20;
const defaultCacheBytes = 1_000_000;

/**
 * Compiles a Python pattern to a test whether it matches at the start of a text, not necessarily to its end (spec
 * section 7.5, REGEX). Matching takes time linear in the text whatever the pattern, so back-references, atomic groups,
 * repeats over 1000 and lookaheads other than at the start are not available.
 *
 * @param cacheBytes most memory that matching may use to be faster the next time
 */
export function compileRegex(pattern: string, cacheBytes = defaultCacheBytes): CompiledRegex {
  if (pattern.length > maxPatternLength)
    return { ok: false, reason: 'unsupported', message: 'the pattern is too large' };
  const { lookaheads, flags, rest } = splitLookaheads(pattern);
  if (lookaheads.length > maxLookaheads) return { ok: false, reason: 'unsupported', message: 'too many lookaheads' };
  const main = compilePart(flags + rest, cacheBytes);
  if (!main.ok || lookaheads.length === 0) return main;
  const conditions: { positive: boolean; test: (text: string) => boolean }[] = [];
  let { size } = main;
  for (const { positive, pattern: part } of lookaheads) {
    const compiled = compilePart(flags + part, cacheBytes);
    if (!compiled.ok) return compiled;
    conditions.push({ positive, test: compiled.test });
    size += compiled.size;
  }
  return {
    ok: true,
    size,
    test: (text) => conditions.every(({ positive, test }) => test(text) === positive) && main.test(text),
  };
}

function compilePart(pattern: string, cacheBytes: number): CompiledRegex {
  const translated = translateRegex(pattern);
  if (!translated.ok) return translated;
  const { flags, source, lookbehind, size } = translated;
  const anchored = `${flags}\\A(?:${source})`;
  try {
    const test = lookbehind ? uncachedTest(anchored) : cachedTest(anchored, cacheBytes);
    const literal = literalOf(pattern);
    return { ok: true, size, test: literal === '' ? test : (text) => text.includes(literal) && test(text) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { ok: false, reason: message.includes('repeat count') ? 'unsupported' : 'invalid', message };
  }
}

/** With the first pattern, because most documents have none: a megabyte on Bun, and some 10 ms. */
function load(): typeof import('re2js') {
  return require('re2js');
}

/** Lookbehinds are matched without a cache anyway. */
function uncachedTest(anchored: string): (text: string) => boolean {
  const { RE2JS } = load();
  const expression = RE2JS.compile(anchored, RE2JS.LOOKBEHINDS);
  return (text) => expression.test(text);
}

/** A set of one: unlike a single expression, a set lets its cache be bounded. */
function cachedTest(anchored: string, cacheBytes: number): (text: string) => boolean {
  const { RE2Set } = load();
  const set = new RE2Set(RE2Set.ANCHOR_START, 0, cacheBytes);
  set.add(anchored);
  set.compile();
  return (text) => set.match(text).length > 0;
}
