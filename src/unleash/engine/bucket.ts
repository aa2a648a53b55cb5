/** Seeds of the two kinds of buckets. */
export const rolloutSeed = 0;
export const variantSeed = 86_028_157;

/** Gives an id its 32-bit hash within one group. */
export type Bucketer = (id: string) => number;

/**
 * The hash behind rollouts and variants: MurmurHash3 (x86, 32 bits) of `group:id`. Only the low byte of each UTF-16
 * unit counts, which differs from UTF-8 for other scripts, but decides who sees what in every existing installation.
 *
 * The group's part of the hash is computed once.
 */
export function bucketer(group: string, seed: number): Bucketer {
  const prefix = `${group}:`;
  const hashed = prefix.length & ~3;
  const state = hashBlocks(seed, prefix, hashed);
  const rest = prefix.slice(hashed);
  return (id) => finish(state, rest + id, hashed);
}

/** The same hash over the bytes of UTF-8, as Yggdrasil computes it. Equal to {@link bucketer} for ASCII. */
export function utf8Bucketer(group: string, seed: number): Bucketer {
  const hash = bucketer(bytesAsText(group), seed);
  return (id) => hash(bytesAsText(id));
}

/** A text whose character codes are the bytes of UTF-8. */
function bytesAsText(text: string): string {
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) > 0x7f) return Buffer.from(text, 'utf8').toString('latin1');
  }
  return text;
}

function hashBlocks(seed: number, text: string, end: number): number {
  let hash = seed;
  for (let i = 0; i < end; i += 4) {
    const block =
      (text.charCodeAt(i) & 0xff) |
      ((text.charCodeAt(i + 1) & 0xff) << 8) |
      ((text.charCodeAt(i + 2) & 0xff) << 16) |
      ((text.charCodeAt(i + 3) & 0xff) << 24);
    hash ^= scramble(block);
    hash = (hash << 13) | (hash >>> 19);
    hash = (Math.imul(hash, 5) + 0xe6546b64) | 0;
  }
  return hash;
}

function finish(state: number, text: string, lengthBefore: number): number {
  const end = text.length & ~3;
  let hash = hashBlocks(state, text, end);
  let tail = 0;
  for (let i = text.length - 1; i >= end; i--) tail = (tail << 8) | (text.charCodeAt(i) & 0xff);
  if (text.length > end) hash ^= scramble(tail);
  hash ^= lengthBefore + text.length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function scramble(block: number): number {
  const product = Math.imul(block, 0xcc9e2d51);
  return Math.imul((product << 15) | (product >>> 17), 0x1b873593);
}
