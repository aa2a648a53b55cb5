import { createHash } from 'node:crypto';

/** One kept text with what has to be known about it. */
export interface KeptText {
  /** The name that it was kept under. */
  readonly name: string;
  readonly text: string;
  /** Milliseconds since the epoch. */
  readonly savedMs: number;
}

const pieceCharacters = 64 * 1024;
const mark = ',"document":';

/** Name of a text's entry: keys may hold anything, names of entries may not. */
export function entryOf(name: string): string {
  return `flagsmith-${createHash('sha256').update(name).digest('hex').slice(0, 32)}`;
}

/**
 * A kept text in pieces: a JSON object that ends with the text as it is, so that a large document is neither parsed nor
 * made anew.
 */
export function* encodeKept({ name, text, savedMs }: KeptText): Generator<string, void, void> {
  yield `${JSON.stringify({ saved_at: new Date(savedMs).toISOString(), name }).slice(0, -1)}${mark}`;
  for (let start = 0; start < text.length; ) {
    let end = Math.min(start + pieceCharacters, text.length);
    // A pair of surrogates must not be torn apart: each piece becomes bytes of its own.
    if (end < text.length && (text.charCodeAt(end - 1) & 0xfc00) === 0xd800) end += 1;
    yield text.slice(start, end);
    start = end;
  }
  yield '}';
}

/** Reads what {@link encodeKept} wrote; null for anything else. */
export function decodeKept(stored: string): KeptText | null {
  // Inside a text of JSON every quote has a backslash in front, so the first mark is the real one.
  const at = stored.indexOf(mark);
  if (at < 0 || !stored.endsWith('}')) return null;
  try {
    const { saved_at: savedAt, name } = JSON.parse(`${stored.slice(0, at)}}`);
    const savedMs = Date.parse(savedAt);
    if (typeof name !== 'string' || Number.isNaN(savedMs)) return null;
    return { name, savedMs, text: stored.slice(at + mark.length, -1) };
  } catch {
    return null;
  }
}
