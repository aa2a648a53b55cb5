/** Flags in UTF-8, each with a comma before it; one text may hold several, or none. In the order of the list. */
export type FlagPieces = readonly Uint8Array[];

const openBracket = 0x5b;
const closeBracket = 0x5d;

/** Bytes that {@link writeFlags} writes. */
export function flagsLength(pieces: FlagPieces): number {
  let length = 0;
  for (let i = 0; i < pieces.length; i++) length += pieces[i]!.length;
  return Math.max(length, 1) + 1;
}

/**
 * Writes the JSON list of flags. Bytes, because joining strings leaves the work to whoever sends them: with 50 pieces the
 * runtimes take two to four times as long for it.
 *
 * @returns where it ends
 */
export function writeFlags(pieces: FlagPieces, into: Uint8Array, start: number): number {
  let offset = start;
  for (let i = 0; i < pieces.length; i++) {
    const piece = pieces[i]!;
    into.set(piece, offset);
    offset += piece.length;
  }
  // in place of the first comma, where there is one
  into[start] = openBracket;
  const end = Math.max(offset, start + 1);
  into[end] = closeBracket;
  return end + 1;
}
