import { RE2JS } from 're2js';
import { translateRegex } from './regex-syntax.ts';

/** A compiled pattern, or why there is none. `unsupported`: Python knows the construct, linear-time matching does not. */
export type CompiledRegex =
  | { readonly ok: true; readonly test: (text: string) => boolean }
  | { readonly ok: false; readonly reason: 'invalid' | 'unsupported'; readonly message: string };

/**
 * Compiles a Python pattern to a test whether it matches at the start of a text, not necessarily to its end (spec
 * section 7.5, REGEX). Matching takes time linear in the text whatever the pattern, so back-references, lookaround,
 * atomic groups and repeats over 1000 are not available.
 */
export function compileRegex(pattern: string): CompiledRegex {
  const translated = translateRegex(pattern);
  if (!translated.ok) return translated;
  try {
    const expression = RE2JS.compile(`${translated.flags}\\A(?:${translated.source})`);
    return { ok: true, test: (text) => expression.test(text) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { ok: false, reason: message.includes('repeat count') ? 'unsupported' : 'invalid', message };
  }
}
