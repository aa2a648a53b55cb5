/**
 * A list of JSON texts that were encoded when definitions changed, joined per answer. Every piece starts with a comma;
 * the first one's is turned into the opening bracket.
 */

/** The pieces of one flag by outcome, or the bytes of neighbouring flags whose answers never differ. */
export type Part = { readonly position: number; readonly fragments: readonly Uint8Array[] } | Uint8Array;

const openBracket = 0x5b;

/** Collects parts in order and joins the pieces of neighbours that never differ. */
export class PartsBuilder {
  readonly #parts: Part[] = [];
  #run: Uint8Array[] = [];

  /** A flag whose answer can differ: one piece per outcome. */
  addVarying(position: number, fragments: readonly Uint8Array[]): void {
    this.#closeRun();
    this.#parts.push({ position, fragments });
  }

  /** A flag whose answer never differs. */
  addConstant(fragment: Uint8Array): void {
    if (fragment.length > 0) this.#run.push(fragment);
  }

  finish(): readonly Part[] {
    this.#closeRun();
    return this.#parts;
  }

  #closeRun(): void {
    if (this.#run.length > 0) this.#parts.push(Buffer.concat(this.#run));
    this.#run = [];
  }
}

/**
 * Joins the pieces that some outcomes stand for, between a head that ends before the list and a tail that starts with
 * its closing bracket.
 *
 * @param take where the bytes come from
 */
export function joinParts(
  parts: readonly Part[],
  outcomes: Uint16Array,
  head: Uint8Array,
  tail: Uint8Array,
  take: (length: number) => Uint8Array = allocate,
): Uint8Array {
  let length = 0;
  for (const part of parts) length += pieceOf(part, outcomes).length;
  // Where no piece is in it, the bracket takes no comma's place.
  const bytes = take(head.length + Math.max(1, length) + tail.length);
  bytes.set(head);
  let offset = head.length;
  for (const part of parts) {
    const piece = pieceOf(part, outcomes);
    // Flags that are off are not listed: most pieces are empty, and copying nothing still costs a call.
    if (piece.length === 0) continue;
    bytes.set(piece, offset);
    offset += piece.length;
  }
  bytes[head.length] = openBracket;
  bytes.set(tail, Math.max(head.length + 1, offset));
  return bytes;
}

/** Not from Node's pool: a small reply that is kept would keep a whole slab of it. */
function allocate(length: number): Uint8Array {
  return Buffer.allocUnsafeSlow(length);
}

function pieceOf(part: Part, outcomes: Uint16Array): Uint8Array {
  return 'fragments' in part ? (part.fragments[outcomes[part.position] as number] as Uint8Array) : part;
}
