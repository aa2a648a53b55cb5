/** An entry of a map and one of a list. */
const bytesPerPiece = 48;
/** So that a number takes two bytes. */
const mostPieces = 65_536;

/** Numbers of texts that many decisions share: the same object has the same number. */
export class PieceNumbers {
  /** The texts by their numbers. */
  readonly texts: Uint8Array[] = [];
  readonly #numbers = new Map<Uint8Array, number>();

  /** Bytes held in memory, those of the texts left out. */
  get bytes(): number {
    return this.texts.length * bytesPerPiece;
  }

  /** Bytes that it takes to number these; infinite where there are no numbers left. */
  growth(pieces: readonly Uint8Array[]): number {
    let unknown = 0;
    for (let i = 0; i < pieces.length; i++) if (!this.#numbers.has(pieces[i]!)) unknown += 1;
    return this.texts.length + unknown > mostPieces ? Number.POSITIVE_INFINITY : unknown * bytesPerPiece;
  }

  /** The number of a text, from 0 to 65,535; {@link growth} tells whether there is one. */
  of(piece: Uint8Array): number {
    const known = this.#numbers.get(piece);
    if (known !== undefined) return known;
    const number = this.texts.push(piece) - 1;
    this.#numbers.set(piece, number);
    return number;
  }
}
