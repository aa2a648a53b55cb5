/** What arrived and is not read yet, in one piece. Grows by doubling, so that a client which sends byte by byte costs no more. */
export class Input {
  #bytes: Buffer;
  /** Where what is not read begins and ends. */
  #start = 0;
  #end: number;
  /** Whether the memory is our own to write into. */
  #isOwn = false;

  /** @param first stays as it is */
  constructor(first: Buffer) {
    this.#bytes = first;
    this.#end = first.length;
  }

  get length(): number {
    return this.#end - this.#start;
  }

  /** What is not read; valid until {@link add}. */
  get unread(): Buffer {
    return this.#start === 0 && this.#end === this.#bytes.length
      ? this.#bytes
      : this.#bytes.subarray(this.#start, this.#end);
  }

  add(bytes: Uint8Array): void {
    const length = this.length + bytes.length;
    if (!this.#isOwn || this.#end + bytes.length > this.#bytes.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(1024, length * 2));
      grown.set(this.unread, 0);
      this.#bytes = grown;
      this.#start = 0;
      this.#end = length - bytes.length;
      this.#isOwn = true;
    }
    this.#bytes.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  /** So many bytes are read. */
  skip(count: number): void {
    this.#start += count;
  }
}
