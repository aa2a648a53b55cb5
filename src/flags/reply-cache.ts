/** What a cache entry has to tell about itself. */
export interface Cacheable {
  /** Bytes held in memory right now; may grow, for example when a compressed form is added. */
  readonly heldBytes: number;
}

interface Entry<Value> {
  readonly key: Uint16Array;
  readonly value: Value;
  bytes: number;
  used: boolean;
}

const seenSlots = 4096;
/** Roughly what an entry takes besides its reply: objects, key, place in the map, entity tag. */
const entryBytes = 512;

/**
 * Keeps finished replies by the answers they consist of: two requests with equal outcomes get equal bytes, whoever
 * asked. Bounded in bytes. A reply is admitted when its outcomes are met a second time, so that random users do not
 * push out what many share.
 *
 * The hash only finds the entry; the outcomes themselves decide whether it is the right one.
 */
export class ReplyCache<Value extends Cacheable> {
  readonly #entries = new Map<number, Entry<Value>>();
  readonly #seen = new Int32Array(seenSlots);
  readonly #positions: readonly number[];
  readonly #limitBytes: number;
  #bytes = 0;

  /**
   * @param positions the outcomes that can differ; all others are the same for every request
   * @param limitBytes most memory that replies may take together
   */
  constructor(positions: readonly number[], limitBytes: number) {
    this.#positions = positions;
    this.#limitBytes = limitBytes;
  }

  /** Bytes held in memory. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Number of replies held. */
  get size(): number {
    return this.#entries.size;
  }

  /** The reply for these outcomes, if it is held. */
  find(outcomes: Uint16Array): Value | undefined {
    return this.#find(this.#hash(outcomes), outcomes);
  }

  /**
   * The reply for these outcomes, taken from the cache or made.
   *
   * @param make is told whether the cache will hold what it makes
   */
  get(outcomes: Uint16Array, make: (isHeld: boolean) => Value): Value {
    const hash = this.#hash(outcomes);
    const found = this.#find(hash, outcomes);
    if (found !== undefined) return found;
    const slot = hash & (seenSlots - 1);
    const isHeld = this.#positions.length === 0 || this.#seen[slot] === hash;
    const value = make(isHeld);
    if (isHeld) this.#admit(hash, outcomes, value);
    else this.#seen[slot] = hash;
    return value;
  }

  #find(hash: number, outcomes: Uint16Array): Value | undefined {
    const entry = this.#entries.get(hash);
    if (entry === undefined || !this.#matches(entry.key, outcomes)) return undefined;
    entry.used = true;
    this.#account(entry);
    return entry.value;
  }

  #admit(hash: number, outcomes: Uint16Array, value: Value): void {
    this.#drop(hash);
    const key = new Uint16Array(this.#positions.length);
    for (let i = 0; i < key.length; i++) key[i] = outcomes[this.#positions[i] as number] as number;
    const entry = { key, value, bytes: 0, used: false };
    this.#entries.set(hash, entry);
    this.#account(entry);
  }

  /** Replies grow when a compressed form is first asked for, so their size is looked at on every use. */
  #account(entry: Entry<Value>): void {
    const bytes = entry.value.heldBytes + entry.key.byteLength + entryBytes;
    if (bytes === entry.bytes) return;
    this.#bytes += bytes - entry.bytes;
    entry.bytes = bytes;
    if (this.#bytes > this.#limitBytes) this.#evict();
  }

  /** Oldest first, but an entry that was used since it was last looked at gets another round. */
  #evict(): void {
    for (const [hash, entry] of this.#entries) {
      if (this.#bytes <= this.#limitBytes) return;
      this.#entries.delete(hash);
      if (entry.used && this.#entries.size > 0) {
        entry.used = false;
        this.#entries.set(hash, entry);
      } else {
        this.#bytes -= entry.bytes;
      }
    }
  }

  #drop(hash: number): void {
    const entry = this.#entries.get(hash);
    if (entry === undefined) return;
    this.#entries.delete(hash);
    this.#bytes -= entry.bytes;
  }

  #hash(outcomes: Uint16Array): number {
    let hash = 0x811c9dc5;
    for (const position of this.#positions) hash = Math.imul(hash ^ (outcomes[position] as number), 0x01000193);
    hash ^= hash >>> 15;
    return hash | 0;
  }

  #matches(key: Uint16Array, outcomes: Uint16Array): boolean {
    const positions = this.#positions;
    for (let i = 0; i < key.length; i++) if (key[i] !== outcomes[positions[i] as number]) return false;
    return true;
  }
}
