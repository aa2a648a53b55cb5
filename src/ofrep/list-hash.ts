import { createHash } from 'node:crypto';

/**
 * What a set of pieces hashes to: three sums of 32 bits over the digests of the pieces. Each piece is digested once, so
 * that a list of hundreds costs additions only. Pieces are told apart by the key in them, and a list has each key once,
 * so the order says nothing. Equal on all replicas.
 */
export type ListHash = readonly [number, number, number];

export const emptyHash: ListHash = [0, 0, 0];

/** The hash of one piece. */
export function hashOf(piece: Uint8Array): ListHash {
  const digest = createHash('sha1').update(piece).digest();
  return [digest.readInt32LE(0), digest.readInt32LE(4), digest.readInt32LE(8)];
}

/** The hash of all pieces together. */
export function sumOf(hashes: readonly ListHash[]): ListHash {
  const sum: Sum = [0, 0, 0];
  for (const hash of hashes) add(sum, hash);
  return sum;
}

/** What has the hashes of its pieces by the numbers of answers. */
interface Hashed {
  readonly position: number;
  readonly hashes: readonly ListHash[];
}

/** The sum of a hash and those of the pieces for some answers. */
export function hashWith(hash: ListHash, entries: readonly Hashed[], numbers: Uint16Array): ListHash {
  const sum: Sum = [hash[0], hash[1], hash[2]];
  for (const { hashes, position } of entries) add(sum, hashes[numbers[position] as number] ?? emptyHash);
  return sum;
}

type Sum = [number, number, number];

function add(sum: Sum, hash: ListHash): void {
  sum[0] = (sum[0] + hash[0]) | 0;
  sum[1] = (sum[1] + hash[1]) | 0;
  sum[2] = (sum[2] + hash[2]) | 0;
}

const words = new Int32Array(3);
const wordBytes = Buffer.from(words.buffer);

/** A hash as it stands in entity tags: 16 letters, digits, `-` and `_`. */
export function hashText(hash: ListHash): string {
  words.set(hash);
  return wordBytes.toString('base64url');
}
