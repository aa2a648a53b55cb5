import type { Context } from '../../unleash/engine/context.ts';

/** What a context was answered with before. */
export interface KnownAnswer {
  /** Numbers of answers by position; those of open flags are of an earlier request. */
  readonly numbers: Uint16Array;
  /** Positions of flags that also depend on chance or the clock: they are asked anew each time. */
  readonly open: readonly number[];
}

const seenSlots = 4096;
/** Longer contexts are evaluated each time. */
const longestKey = 2_048;
/** Roughly what an entry takes besides its numbers and its text. */
const entryBytes = 300;

/**
 * Remembers the answers to contexts that come again, as clients that poll or were told of a change send them. Bounded
 * in bytes: the newer half stays when it is full. A context is admitted when it is met a second time.
 */
export class KnownAnswers {
  readonly #halfBytes: number;
  readonly #seen = new Int32Array(seenSlots);
  #newer = new Map<string, KnownAnswer>();
  #older = new Map<string, KnownAnswer>();
  #newerBytes = 0;

  /** @param limitBytes most memory that entries may take together */
  constructor(limitBytes: number) {
    this.#halfBytes = limitBytes / 2;
  }

  /** What is known for a key of {@link keyOf}. */
  get(key: string): KnownAnswer | undefined {
    const known = this.#newer.get(key);
    if (known !== undefined) return known;
    const older = this.#older.get(key);
    if (older !== undefined) this.#put(key, older);
    return older;
  }

  /** Whether a key was met before, so that its answers are worth to be kept. */
  isMetAgain(key: string): boolean {
    const hash = hashOf(key);
    const slot = hash & (seenSlots - 1);
    if (this.#seen[slot] === hash) return true;
    this.#seen[slot] = hash;
    return false;
  }

  set(key: string, known: KnownAnswer): void {
    this.#put(key, known);
  }

  #put(key: string, known: KnownAnswer): void {
    const bytes = known.numbers.byteLength + 8 * known.open.length + 2 * key.length + entryBytes;
    if (bytes > this.#halfBytes) return;
    if (this.#newerBytes + bytes > this.#halfBytes) {
      this.#older = this.#newer;
      this.#newer = new Map();
      this.#newerBytes = 0;
    }
    this.#newer.set(key, known);
    this.#newerBytes += bytes;
  }
}

/** A text that tells two contexts apart; undefined for those that are not worth it. */
export function keyOf(context: Context): string | undefined {
  let key =
    part(context.userId) +
    part(context.sessionId) +
    part(context.remoteAddress) +
    part(context.appName) +
    part(context.environment);
  if (context.currentTime !== undefined) key += `@${context.currentTime.getTime()}`;
  const { properties } = context;
  for (const name in properties) {
    const value = properties[name];
    if (typeof value !== 'string') return undefined;
    key += part(name) + part(value);
    if (key.length > longestKey) return undefined;
  }
  return key.length > longestKey ? undefined : key;
}

function part(text: string | undefined): string {
  return text === undefined ? '-' : `${text.length}:${text}`;
}

function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash ^ (hash >>> 15)) | 1;
}
