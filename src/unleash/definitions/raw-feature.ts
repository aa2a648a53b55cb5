import { createHash } from 'node:crypto';
import { isRecord } from './is-record.ts';

/**
 * A flag as upstream sent it, members that nobody knows yet included: its JSON, and what has to be known of it without
 * reading that again. An object per member would take five times the memory, for as long as the flag is held.
 */
export class RawFeature {
  readonly name: string;
  /** undefined also for a project that is no text. */
  readonly project: string | undefined;
  /** Compact JSON. */
  readonly text: string;
  /** Ids of the segments that its strategies refer to. */
  readonly segments: readonly unknown[];

  /** Length and digest of what upstream sent, by which the flag is recognised when it comes again. */
  #sentBytes = 0;
  #sentDigest = '';

  /** @param feature a parsed flag; it may be changed or forgotten afterwards */
  constructor(feature: Readonly<Record<string, unknown>> & { readonly name: string }) {
    this.name = feature.name;
    this.project = typeof feature.project === 'string' ? feature.project : undefined;
    this.text = JSON.stringify(feature);
    this.segments = segmentIds(feature.strategies);
  }

  /** Remembers what the flag was read from. The text differs from it where upstream writes JSON in another way. */
  sentAs(bytes: Uint8Array): void {
    this.#sentBytes = bytes.length;
    this.#sentDigest = digest(bytes);
  }

  /** Remembers the same of another reading of this flag. */
  sentLike(other: RawFeature): void {
    this.#sentBytes = other.#sentBytes;
    this.#sentDigest = other.#sentDigest;
  }

  /**
   * Looks whether the flag was sent with the bytes that begin here.
   *
   * @returns how many they are; 0 where they are others, or nobody knows
   */
  lengthAt(bytes: Uint8Array, start: number): number {
    const length = this.#sentBytes;
    if (length === 0 || start + length > bytes.length) return 0;
    return digest(bytes.subarray(start, start + length)) === this.#sentDigest ? length : 0;
  }

  /** All members, parsed anew. */
  parse(): Record<string, unknown> {
    return JSON.parse(this.text) as Record<string, unknown>;
  }

  /** For whoever writes a document in one go. */
  toJSON(): unknown {
    return this.parse();
  }
}

/** 2 µs for a flag of 900 bytes, of which parsing and writing take 20. */
function digest(bytes: Uint8Array): string {
  return createHash('sha1').update(bytes).digest('base64');
}

const none: readonly unknown[] = [];

function segmentIds(strategies: unknown): readonly unknown[] {
  if (!Array.isArray(strategies)) return none;
  const ids = new Set<unknown>();
  for (const strategy of strategies) {
    if (isRecord(strategy) && Array.isArray(strategy.segments)) for (const id of strategy.segments) ids.add(id);
  }
  return ids.size === 0 ? none : [...ids];
}
