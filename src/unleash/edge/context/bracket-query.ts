import { ContextError } from './read-context.ts';

/** What a name stands for while a query string is read. */
type Node =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'map'; readonly members: Map<string, Node> }
  | { readonly kind: 'list' | 'indexed'; readonly taken: Set<string> };

/** One step into a structure: `[name]`, `[3]` or `[]`. */
type Step = { readonly kind: 'member' | 'index'; readonly name: string } | { readonly kind: 'append' };

/** How deep brackets nest; what stands further inside is one name. */
const maximumDepth = 5;

/**
 * Parses a query string with brackets the way Edge does: a name may stand once, and as a text, a map or a list, but not
 * as two of these. Lists become null, because nothing reads them.
 *
 * Source: Unleash Edge specification 8.1, and the behaviour of 19.15.1.
 *
 * @throws ContextError
 */
export function parseBracketQuery(query: string): Record<string, unknown> {
  const root: Node = { kind: 'map', members: new Map() };
  let isLost = false;
  for (const pair of query.split('&')) {
    if (pair === '') continue;
    const { steps, value } = splitPair(pair);
    // A list has no place at the top, and takes everything with it.
    if (steps[0]?.kind !== 'member') isLost = true;
    else insert(root, steps, value);
  }
  return isLost ? blank() : (plain(root) as Record<string, unknown>);
}

function splitPair(pair: string): { readonly steps: readonly Step[]; readonly value: string } {
  // Brackets may be encoded, in capitals.
  const start = pair.startsWith('[') || pair.startsWith('%5B') ? 0 : 1;
  let i = start;
  let depth = maximumDepth;
  const steps: Step[] = [];
  const bracketAt = (at: number, plainText: string, encoded: string) =>
    pair.startsWith(plainText, at) ? 1 : pair.startsWith(encoded, at) ? 3 : 0;
  if (start === 1) {
    while (i < pair.length && pair[i] !== '=' && bracketAt(i, '[', '%5B') === 0) i++;
    steps.push({ kind: 'member', name: decode(pair.slice(0, i)) });
    depth--;
  }
  for (;;) {
    // Anything between a closing bracket and what follows is passed over.
    while (i < pair.length && pair[i] !== '=' && bracketAt(i, '[', '%5B') === 0) i++;
    if (i >= pair.length) return { steps, value: '' };
    if (pair[i] === '=') return { steps, value: decode(pair.slice(i + 1)) };
    if (depth-- === 0) {
      const end = pair.indexOf('=', i);
      steps.push({ kind: 'member', name: decode(pair.slice(i, end < 0 ? undefined : end)) });
      return { steps, value: end < 0 ? '' : decode(pair.slice(end + 1)) };
    }
    i += bracketAt(i, '[', '%5B');
    // More opening brackets, and bytes that no name starts with.
    while (i < pair.length && (bracketAt(i, '[', '%5B') > 0 || pair.charCodeAt(i) > 0x7e)) i++;
    if (i >= pair.length) throw new ContextError('query string ended before expected');
    const from = i;
    while (i < pair.length && bracketAt(i, ']', '%5D') === 0) i++;
    const name = decode(pair.slice(from, i));
    const isClosed = i < pair.length;
    i += bracketAt(i, ']', '%5D');
    if (name === '') {
      steps.push({ kind: 'append' });
      if (i < pair.length && pair[i] !== '=') throw new ContextError('non-indexed sequence of structs not supported');
    } else if (/^\d/.test(name)) {
      if (!/^\d+$/.test(name)) throw new ContextError('invalid digit found in string');
      steps.push({ kind: 'index', name: String(Number(name)) });
    } else {
      steps.push({ kind: 'member', name });
    }
    if (!isClosed) return { steps, value: '' };
  }
}

function insert(root: Node & { kind: 'map' }, steps: readonly Step[], value: string): void {
  let node: Node = root;
  for (const [i, step] of steps.entries()) {
    const isLast = i === steps.length - 1;
    const created: Node = isLast ? { kind: 'text', text: value } : emptyFor(steps[i + 1] as Step);
    if (step.kind === 'append') {
      if (node.kind !== 'list') throw new ContextError('Attempted to insert seq value into non-seq structure');
      return;
    }
    if (step.kind === 'index') {
      if (node.kind !== 'indexed') throw new ContextError('Attempted to insert seq value into non-seq structure');
      if (isLast && node.taken.has(step.name)) throw new ContextError('Multiple values for one key');
      node.taken.add(step.name);
      // Nothing inside of a list is ever read.
      return;
    }
    if (node.kind !== 'map') throw new ContextError('Attempted to insert map value into non-map structure');
    const known = node.members.get(step.name);
    if (isLast && known !== undefined) throw new ContextError(`Multiple values for one key: "${step.name}"`);
    if (known === undefined) node.members.set(step.name, created);
    node = known ?? created;
  }
}

function emptyFor(step: Step): Node {
  if (step.kind === 'member') return { kind: 'map', members: new Map() };
  return { kind: step.kind === 'append' ? 'list' : 'indexed', taken: new Set() };
}

function plain(node: Node): unknown {
  if (node.kind === 'text') return node.text;
  if (node.kind !== 'map') return null;
  const record = blank();
  for (const [name, member] of node.members) record[name] = plain(member);
  return record;
}

function blank(): Record<string, unknown> {
  return Object.create(null) as Record<string, unknown>;
}

/** Form decoding that never fails: what is no code stays, and bytes that are no UTF-8 are replaced. */
function decode(text: string): string {
  if (!text.includes('%') && !text.includes('+')) return text;
  const spaced = text.replaceAll('+', ' ');
  try {
    return decodeURIComponent(spaced);
  } catch {
    const bytes: number[] = [];
    const source = Buffer.from(spaced, 'utf8');
    for (let i = 0; i < source.length; i++) {
      const code = source[i] === 0x25 ? source.toString('latin1', i + 1, i + 3) : '';
      const isCode = /^[0-9a-fA-F]{2}$/.test(code);
      bytes.push(isCode ? Number.parseInt(code, 16) : (source[i] as number));
      if (isCode) i += 2;
    }
    return Buffer.from(bytes).toString('utf8');
  }
}
