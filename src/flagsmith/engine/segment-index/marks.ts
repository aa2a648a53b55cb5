/** Sets of segments as bits, by position: kept in document order whatever the order in which they are found. */

/** Words for a number of segments. */
export function createMarks(segments: number): Int32Array {
  return new Int32Array(Math.ceil(segments / 32));
}

/** Marks one segment. */
export function mark(position: number, marks: Int32Array): void {
  marks[position >> 5]! |= 1 << (position & 31);
}

/** Marks several. */
export function markAll(positions: readonly number[], marks: Int32Array): void {
  for (let i = 0; i < positions.length; i++) mark(positions[i]!, marks);
}

/** The lowest marked position of one word, which is not zero. */
export function lowest(word: number): number {
  return 31 - Math.clz32(word & -word);
}
