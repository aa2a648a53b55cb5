/** More than this is not taken at an upstream's word: it may announce what it never sends. */
const mostReserved = 64 * 1024 * 1024;

/** So much is joined in one go, which takes a third of a millisecond, or two where memory is new. */
const stretchBytes = 1024 * 1024;

/**
 * Puts the pieces of an answer together as they arrive, where its length is known: joining 4.6 MB at their end took
 * 2.4 ms in one go.
 */
export class Received {
  readonly #reserved: Buffer | undefined;
  readonly #pieces: Uint8Array[] = [];
  #length = 0;

  /** @param announced how many bytes are to come; 0 where nobody says */
  constructor(announced: number) {
    const isKnown = announced > 0 && announced <= mostReserved;
    this.#reserved = isKnown ? Buffer.allocUnsafeSlow(announced) : undefined;
  }

  /** Bytes that came so far. */
  get length(): number {
    return this.#length;
  }

  add(piece: Uint8Array): void {
    const reserved = this.#reserved;
    if (reserved !== undefined && this.#pieces.length === 0 && this.#length + piece.length <= reserved.length) {
      reserved.set(piece, this.#length);
    } else {
      this.#pieces.push(piece);
    }
    this.#length += piece.length;
  }

  /**
   * Everything that came. What has no length beforehand, as answers in chunks and compressed ones, is joined in
   * stretches: 22 MB took 4 to 38 ms in one go.
   *
   * @param pause lets requests get their turn
   */
  async bytes(pause: () => Promise<void> = nextRound): Promise<Uint8Array> {
    const pieces = this.#pieces;
    let offset = this.#length - pieces.reduce((sum, { length }) => sum + length, 0);
    const first = this.#reserved?.subarray(0, offset) ?? new Uint8Array();
    if (pieces.length === 0) return first;
    if (this.#length <= stretchBytes) return Buffer.concat([first, ...pieces]);
    const whole = Buffer.allocUnsafeSlow(this.#length);
    whole.set(first);
    let pausedAt = offset;
    for (const piece of pieces) {
      whole.set(piece, offset);
      offset += piece.length;
      if (offset - pausedAt < stretchBytes) continue;
      await pause();
      pausedAt = offset;
    }
    return whole;
  }
}

function nextRound(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
