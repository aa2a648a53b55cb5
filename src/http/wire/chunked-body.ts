/** Longest line with the size of a chunk, extensions included; they are read over. */
const longestSizeLine = 1_024;
/** Most bytes of fields behind the last chunk; they are read over. */
const longestTrailer = 16 * 1024;
const sizeForm = /^([0-9a-fA-F]{1,12})(?:[\t ]*;[\t\x20-\x7e\x80-\xff]*)?$/;

/** A field of a trailer. Anything else could be a request to somebody who does not expect a trailer. */
const trailerForm = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*$/;

type Expected = 'size' | 'data' | 'data end' | 'trailer' | 'nothing';

/** What is not in the form of chunks. The connection cannot be read any further. */
export class ChunkError extends Error {
  override readonly name = 'ChunkError';
}

/**
 * Reads a body in chunks, as it arrives.
 *
 * Source: RFC 9112 section 7.1.
 */
export class ChunkReader {
  readonly #take: (data: Uint8Array) => void;
  #expected: Expected = 'size';
  #line = '';
  #trailerBytes = 0;
  #left = 0;

  /** @param take gets the pieces of the body; they are parts of what was fed */
  constructor(take: (data: Uint8Array) => void) {
    this.#take = take;
  }

  get isDone(): boolean {
    return this.#expected === 'nothing';
  }

  /**
   * Reads on.
   *
   * @returns how many bytes belong to this body; fewer than were given only at its end
   * @throws ChunkError
   */
  feed(bytes: Uint8Array): number {
    let at = 0;
    while (at < bytes.length && !this.isDone) {
      at = this.#expected === 'data' ? this.#data(bytes, at) : this.#lineByte(bytes[at] as number, at);
    }
    return at;
  }

  #data(bytes: Uint8Array, at: number): number {
    const end = Math.min(bytes.length, at + this.#left);
    this.#take(bytes.subarray(at, end));
    this.#left -= end - at;
    if (this.#left === 0) this.#expected = 'data end';
    return end;
  }

  /** Lines are short: byte by byte is fast enough, and nothing has to be kept of what came before. */
  #lineByte(byte: number, at: number): number {
    this.#line += String.fromCharCode(byte);
    if (this.#line.length > longestSizeLine && this.#expected !== 'trailer') throw new ChunkError('line too long');
    if (this.#expected === 'trailer' && ++this.#trailerBytes > longestTrailer) throw new ChunkError('trailer too long');
    if (byte === 0x0a) {
      if (!this.#line.endsWith('\r\n')) throw new ChunkError('line feed without carriage return');
      const line = this.#line.slice(0, -2);
      this.#line = '';
      this.#lineEnd(line);
    }
    return at + 1;
  }

  #lineEnd(line: string): void {
    if (this.#expected === 'data end') {
      if (line !== '') throw new ChunkError('chunk longer than its size');
      this.#expected = 'size';
    } else if (this.#expected === 'trailer') {
      if (line === '') this.#expected = 'nothing';
      else if (!trailerForm.test(line)) throw new ChunkError('trailer');
    } else {
      const size = sizeForm.exec(line)?.[1];
      if (size === undefined) throw new ChunkError('size of a chunk');
      this.#left = Number.parseInt(size, 16);
      this.#expected = this.#left === 0 ? 'trailer' : 'data';
    }
  }
}
