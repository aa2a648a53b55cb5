import { RE2JS } from 're2js';
import { splitLookaheads } from './regex-lookahead.ts';
import { translateRegex } from './regex-syntax.ts';

/** A compiled pattern, or why there is none. `unsupported`: Python knows the construct, linear-time matching does not. */
export type CompiledRegex =
  | { readonly ok: true; readonly test: (text: string) => boolean }
  | { readonly ok: false; readonly reason: 'invalid' | 'unsupported'; readonly message: string };

/**
 * Compiles a Python pattern to a test whether it matches at the start of a text, not necessarily to its end (spec
 * section 7.5, REGEX). Matching takes time linear in the text whatever the pattern, so back-references, atomic groups,
 * repeats over 1000 and lookaheads other than at the start are not available.
 */
export function compileRegex(pattern: string): CompiledRegex {
  const { lookaheads, flags, rest } = splitLookaheads(pattern);
  const main = compilePart(flags + rest);
  if (!main.ok || lookaheads.length === 0) return main;
  const conditions: { positive: boolean; test: (text: string) => boolean }[] = [];
  for (const { positive, pattern: part } of lookaheads) {
    const compiled = compilePart(flags + part);
    if (!compiled.ok) return compiled;
    conditions.push({ positive, test: compiled.test });
  }
  return {
    ok: true,
    test: (text) => conditions.every(({ positive, test }) => test(text) === positive) && main.test(text),
  };
}

function compilePart(pattern: string): CompiledRegex {
  const translated = translateRegex(pattern);
  if (!translated.ok) return translated;
  const { flags, source, lookbehind } = translated;
  try {
    const expression = RE2JS.compile(`${flags}\\A(?:${source})`, lookbehind ? RE2JS.LOOKBEHINDS : 0);
    return { ok: true, test: (text) => expression.test(text) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { ok: false, reason: message.includes('repeat count') ? 'unsupported' : 'invalid', message };
  }
}
