import type { FlagPieces } from '../../environment/write-flags.ts';
import { PieceNumbers } from './piece-numbers.ts';

/** What a request is known by: 256 bits, of which any are as good as the others for a table. */
export type Digest = Uint32Array;
export const digestWords = 8;

/** What was decided for a request. */
export interface Decision {
  /** What comes before the flags; null where the body of the request begins so. */
  readonly head: Uint8Array | null;
  readonly pieces: FlagPieces;
  /** Bytes of the list of flags. */
  readonly flagsBytes: number;
  /** Bytes of the pieces that only the identity has: nothing else may be holding them. */
  readonly personalBytes: number;
}

/** Behind the digest: bytes of the list of flags, those of the head and 1 or nothing, number of pieces, personal bytes. */
const headerWords = digestWords + 4;
/** Words of a chunk: at first, usually and at most. A place is the number of a chunk and a word in it. */
const [firstChunk, usualChunk, largestChunk] = [256, 2_048, 16_384];
const placeBits = 14;
const firstSlots = 64;

/**
 * Decisions of one environment for one kind of key, by digest. As objects each took 0.6 kB of the collected heap, with
 * some thirty references for every collection to follow; here it is some 100 bytes in chunks of numbers, and texts that
 * many share are named by a number. Nothing is taken out: whoever needs the room drops all of it.
 */
export class PackedDecisions {
  readonly #chunks: Uint32Array[] = [];
  /** First free word of the last chunk. */
  #free = 0;
  /** Places by digest, 1 added; 0 is a free slot. */
  #slots = new Uint32Array();
  #count = 0;
  readonly #numbers = new PieceNumbers();
  #chunkBytes = 0;
  #personalBytes = 0;
  /** What {@link find} returns. */
  readonly #found = { head: null as Uint8Array | null, pieces: [] as Uint8Array[], flagsBytes: 0, personalBytes: 0 };

  /** Bytes held in memory. */
  get bytes(): number {
    return this.#chunkBytes + this.#slots.byteLength + this.#numbers.bytes + this.#personalBytes;
  }

  /** What was decided for a request. Used again by the next call. */
  find(digest: Digest): Decision | undefined {
    const slots = this.#slots;
    for (let slot = digest[0]! & (slots.length - 1); ; slot = (slot + 1) & (slots.length - 1)) {
      // undefined where there are no slots yet
      const place = slots[slot];
      if (place === undefined || place === 0) return undefined;
      const chunk = this.#chunks[(place - 1) >>> placeBits]!;
      const start = (place - 1) & (largestChunk - 1);
      if (isAt(digest, chunk, start)) return this.#read(chunk, start + digestWords);
    }
  }

  /** Bytes that {@link add} would take; infinite where there is no place for such a decision. */
  growth(decision: Decision): number {
    const words = wordsOf(decision);
    const unknown = this.#numbers.growth(decision.pieces);
    if (words > largestChunk) return Number.POSITIVE_INFINITY;
    const chunk = this.#hasRoom(words) ? 0 : 4 * this.#nextChunk(words);
    const slots = this.#isCrowded() ? 4 * this.#moreSlots() - this.#slots.byteLength : 0;
    return chunk + slots + unknown + decision.personalBytes;
  }

  /** Keeps what is not kept yet. */
  add(digest: Digest, decision: Decision): void {
    const words = wordsOf(decision);
    if (!this.#hasRoom(words)) {
      this.#chunks.push(new Uint32Array(this.#nextChunk(words)));
      this.#chunkBytes += 4 * this.#chunks.at(-1)!.length;
      this.#free = 0;
    }
    if (this.#isCrowded()) this.#spread();
    const chunk = this.#chunks.at(-1)!;
    chunk.set(digest, this.#free);
    this.#write(chunk, this.#free + digestWords, decision);
    this.#take(digest[0]!, (((this.#chunks.length - 1) << placeBits) | this.#free) + 1);
    this.#free += words;
    this.#count += 1;
    this.#personalBytes += decision.personalBytes;
  }

  #read(chunk: Uint32Array, at: number): Decision {
    const found = this.#found;
    const [flagsBytes, headBytes, count, personalBytes] = [chunk[at]!, chunk[at + 1]!, chunk[at + 2]!, chunk[at + 3]!];
    found.flagsBytes = flagsBytes;
    found.personalBytes = personalBytes;
    const { pieces } = found;
    pieces.length = count;
    const { texts } = this.#numbers;
    const from = at + 4;
    for (let i = 0; i < count; i++) {
      const word = chunk[from + (i >>> 1)]!;
      pieces[i] = texts[(i & 1) === 0 ? word & 0xffff : word >>> 16]!;
    }
    const head = 4 * (from + halvesWords(count));
    found.head = headBytes === 0 ? null : new Uint8Array(chunk.buffer, head, headBytes - 1);
    return found;
  }

  #write(chunk: Uint32Array, at: number, { head, pieces, flagsBytes, personalBytes }: Decision): void {
    chunk[at] = flagsBytes;
    chunk[at + 1] = head === null ? 0 : head.length + 1;
    chunk[at + 2] = pieces.length;
    chunk[at + 3] = personalBytes;
    const from = at + 4;
    for (let i = 0; i < pieces.length; i++) {
      const number = this.#numbers.of(pieces[i]!);
      if ((i & 1) === 0) chunk[from + (i >>> 1)] = number;
      else chunk[from + (i >>> 1)]! |= number << 16;
    }
    if (head !== null) new Uint8Array(chunk.buffer, 4 * (from + halvesWords(pieces.length)), head.length).set(head);
  }

  #hasRoom(words: number): boolean {
    return this.#chunks.length > 0 && this.#free + words <= this.#chunks.at(-1)!.length;
  }

  #nextChunk(words: number): number {
    return Math.max(words, Math.min(usualChunk, Math.max(firstChunk, this.#chunkBytes / 4)));
  }

  /** Three slots in four may be taken. */
  #isCrowded(): boolean {
    return 4 * this.#count >= 3 * this.#slots.length;
  }

  #moreSlots(): number {
    return Math.max(firstSlots, 2 * this.#slots.length);
  }

  #spread(): void {
    const places = this.#slots;
    this.#slots = new Uint32Array(this.#moreSlots());
    for (const place of places) {
      if (place === 0) continue;
      this.#take(this.#chunks[(place - 1) >>> placeBits]![(place - 1) & (largestChunk - 1)]!, place);
    }
  }

  #take(first: number, place: number): void {
    const mask = this.#slots.length - 1;
    let slot = first & mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
    this.#slots[slot] = place;
  }
}

function isAt(digest: Digest, chunk: Uint32Array, start: number): boolean {
  for (let i = 0; i < digestWords; i++) if (chunk[start + i] !== digest[i]) return false;
  return true;
}

function wordsOf({ head, pieces }: Decision): number {
  return headerWords + halvesWords(pieces.length) + (head === null ? 0 : (head.length + 3) >>> 2);
}

function halvesWords(count: number): number {
  return (count + 1) >>> 1;
}
