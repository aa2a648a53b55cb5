const longestLiteral = 65_536;

/**
 * The block format of Snappy without looking for repetitions: every reader understands it. Figures are small, and a
 * push is seldom, so nothing is gained by more.
 */
export function snappyBlock(bytes: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [varint(bytes.length)];
  for (let start = 0; start < bytes.length; start += longestLiteral) {
    const piece = bytes.subarray(start, start + longestLiteral);
    const last = piece.length - 1;
    // Tag 61 of a literal: its length follows in two bytes.
    parts.push(Uint8Array.of(61 << 2, last & 0xff, last >> 8), piece);
  }
  return Buffer.concat(parts);
}

/** An unsigned number in groups of seven bits, least first. */
export function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let left = value;
  while (left >= 0x80) {
    bytes.push((left % 0x80) | 0x80);
    left = Math.floor(left / 0x80);
  }
  bytes.push(left);
  return Uint8Array.from(bytes);
}
