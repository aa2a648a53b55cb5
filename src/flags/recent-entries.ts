/** What {@link RecentEntries} keeps. */
export interface Weighed {
  /** What the entry takes, its key included. */
  readonly bytes: number;
}

const usualSlots = 4096;

/**
 * Keeps what was asked for lately, by a text or something else. Bounded in bytes: the newer half stays when it is full, so that neither a
 * lookup nor an entry costs more than one or two places in a map. {@link isMetAgain} tells what is worth to be kept.
 */
export class RecentEntries<Value extends Weighed, Key = string> {
  readonly #halfBytes: number;
  readonly #slots: number;
  #seen: Int32Array | null = null;
  #newer = new Map<Key, Value>();
  #older = new Map<Key, Value>();
  #newerBytes = 0;
  #olderBytes = 0;

  /**
   * @param limitBytes most memory that entries may take together; 0 keeps none
   * @param slots how many texts are noted that were met once; a power of two. Where many more come before one comes again,
   * it is taken for new
   */
  constructor(limitBytes: number, slots = usualSlots) {
    this.#halfBytes = limitBytes / 2;
    this.#slots = slots;
  }

  /** Bytes held in memory. */
  get bytes(): number {
    return this.#newerBytes + this.#olderBytes;
  }

  /** Number of entries held. */
  get size(): number {
    return this.#newer.size + this.#older.size;
  }

  get(key: Key): Value | undefined {
    return this.#newer.get(key) ?? this.#promoted(key);
  }

  /** Notes that a text was met that may become a key. @returns whether that was not the first time; false where nothing is kept */
  isMetAgain(key: string): boolean {
    if (this.#halfBytes === 0) return false;
    const hash = hashOf(key);
    const slot = hash & (this.#slots - 1);
    this.#seen ??= new Int32Array(this.#slots);
    if (this.#seen[slot] === hash) return true;
    this.#seen[slot] = hash;
    return false;
  }

  /** Keeps an entry, unless it would take half of everything. */
  set(key: Key, value: Value): void {
    if (value.bytes > this.#halfBytes) return;
    const { bytes = 0 } = this.#newer.get(key) ?? {};
    if (this.#newerBytes - bytes + value.bytes > this.#halfBytes) this.#age();
    else this.#newerBytes -= bytes;
    this.#newer.set(key, value);
    this.#newerBytes += value.bytes;
  }

  /** Takes out all entries that are in some way. */
  deleteWhere(isGone: (value: Value) => boolean): void {
    this.#newerBytes -= deleteWhere(this.#newer, isGone);
    this.#olderBytes -= deleteWhere(this.#older, isGone);
  }

  #promoted(key: Key): Value | undefined {
    if (this.#older.size === 0) return undefined;
    const value = this.#older.get(key);
    if (value === undefined) return undefined;
    this.#older.delete(key);
    this.#olderBytes -= value.bytes;
    this.set(key, value);
    return value;
  }

  #age(): void {
    this.#older = this.#newer;
    this.#olderBytes = this.#newerBytes;
    this.#newer = new Map();
    this.#newerBytes = 0;
  }
}

/** @returns the bytes that were taken out */
function deleteWhere<Value extends Weighed, Key>(entries: Map<Key, Value>, isGone: (value: Value) => boolean): number {
  let bytes = 0;
  for (const [key, value] of entries) {
    if (!isGone(value)) continue;
    bytes += value.bytes;
    entries.delete(key);
  }
  return bytes;
}

/** FNV-1a, mixed. Never 0, which stands for nothing. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash ^ (hash >>> 15)) | 1;
}
