/** A lookahead at the very start of a pattern. */
export interface LeadingLookahead {
  readonly positive: boolean;
  readonly pattern: string;
}

/** A pattern cut into its leading lookaheads and what is left. */
export interface SplitPattern {
  readonly lookaheads: readonly LeadingLookahead[];
  /** Flags such as `(?i)` that stand before everything; they hold for every part. */
  readonly flags: string;
  readonly rest: string;
}

/**
 * Cuts lookaheads off the start of a Python pattern, as in `^(?!.*test)(?=.*@)[a-z]+`. Since patterns are only matched at
 * the start of a text, such a lookahead is a second pattern to be matched, or not to be matched, at the same place: no
 * backtracking is needed. Lookaheads anywhere else, and before alternatives, stay where they are.
 */
export function splitLookaheads(pattern: string): SplitPattern {
  const whole = { lookaheads: [], flags: '', rest: pattern };
  const flags = /^(?:\(\?[aimsux]+\))*/.exec(pattern)?.[0] ?? '';
  // in multi-line mode ^ means the same at the start of the text
  const anchor = /^(?:\^|\\A)*/.exec(pattern.slice(flags.length))?.[0] ?? '';
  let at = flags.length + anchor.length;
  const lookaheads: LeadingLookahead[] = [];
  while (pattern.startsWith('(?=', at) || pattern.startsWith('(?!', at)) {
    const end = groupEnd(pattern, at);
    if (end === -1 || /^[*+?{]/.test(pattern.slice(end + 1))) return whole;
    lookaheads.push({ positive: pattern[at + 2] === '=', pattern: pattern.slice(at + 3, end) });
    at = end + 1;
  }
  const rest = anchor + pattern.slice(at);
  return lookaheads.length === 0 || hasAlternatives(pattern.slice(at)) ? whole : { lookaheads, flags, rest };
}

function groupEnd(pattern: string, open: number): number {
  let depth = 0;
  for (const [index, char] of structure(pattern, open)) {
    if (char === '(') depth += 1;
    else if (char === ')') depth -= 1;
    if (depth === 0) return index;
  }
  return -1;
}

function hasAlternatives(pattern: string): boolean {
  let depth = 0;
  for (const [, char] of structure(pattern, 0)) {
    if (char === '(') depth += 1;
    else if (char === ')') depth -= 1;
    else if (char === '|' && depth === 0) return true;
  }
  return false;
}

/** The characters of a pattern that shape it: not those that are escaped or in a class. */
function* structure(pattern: string, from: number): Generator<readonly [number, string]> {
  let classStart = -1;
  for (let i = from; i < pattern.length; i++) {
    const char = pattern[i]!;
    if (char === '\\') i += 1;
    else if (classStart >= 0) {
      // a closing bracket right at the start of a class is one of its members
      const first = pattern[classStart + 1] === '^' ? classStart + 2 : classStart + 1;
      if (char === ']' && i > first) classStart = -1;
    } else if (char === '[') classStart = i;
    else yield [i, char];
  }
}
