/** Seeds of the two kinds of buckets. */
export const rolloutSeed = 0;
export const variantSeed = 86_028_157;

/** Gives an id its 32-bit hash within one group. */
export type Bucketer = (id: string) => number;

/**
 * The hash behind rollouts and variants: MurmurHash3 (x86, 32 bits) of `group:id`. Only the low byte of each UTF-16
 * unit counts, which differs from UTF-8 for other scripts, but decides who sees what in every existing installation.
 *
 * The group's part of the hash is computed once, and the id is read where it is: putting both into one text took half
 * of the time.
 */
export function bucketer(group: string, seed: number): Bucketer {
  const { state, block, length } = hashStart(group, seed, false);
  return (id) => hashFrom(state, block, length, id, false);
}

/** The same hash over the bytes of UTF-8, as Yggdrasil computes it. Equal to {@link bucketer} for ASCII. */
export function utf8Bucketer(group: string, seed: number): Bucketer {
  const { state, block, length } = hashStart(group, seed, true);
  return (id) => hashFrom(state, block, length, id, true);
}

/** A text whose character codes are the bytes of UTF-8. */
export function bytesAsText(text: string): string {
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) > 0x7f) return Buffer.from(text, 'utf8').toString('latin1');
  }
  return text;
}

/** A hash that was begun: whole blocks are mixed in, and up to three bytes wait for the next block. */
export interface HashStart {
  readonly state: number;
  /** The bytes that wait: as many as `length` is over a multiple of four. */
  readonly block: number;
  readonly length: number;
}

/**
 * Begins the hash of all ids of a group.
 *
 * @param utf8 whether bytes of UTF-8 count, and not the low bytes of UTF-16 units
 */
export function hashStart(group: string, seed: number, utf8: boolean): HashStart {
  const prefix = `${utf8 ? bytesAsText(group) : group}:`;
  let state = seed;
  let block = 0;
  let bits = 0;
  for (let i = 0; i < prefix.length; i++) {
    block |= (prefix.charCodeAt(i) & 0xff) << bits;
    bits += 8;
    if (bits === 32) {
      state = mix(state, block);
      block = 0;
      bits = 0;
    }
  }
  return { state, block, length: prefix.length };
}

/**
 * Ends a hash that {@link hashStart} began. Its members come one by one: thousands of rollouts keep three numbers each,
 * which take a third of what an object with them takes.
 */
export function hashFrom(startState: number, startBlock: number, length: number, id: string, utf8: boolean): number {
  let state = startState;
  let block = startBlock;
  let bits = (length & 3) << 3;
  for (let i = 0; i < id.length; i++) {
    const code = id.charCodeAt(i);
    if (utf8 && code > 0x7f) return hashFrom(startState, startBlock, length, bytesAsText(id), false);
    block |= (code & 0xff) << bits;
    bits += 8;
    if (bits === 32) {
      state = mix(state, block);
      block = 0;
      bits = 0;
    }
  }
  if (bits > 0) state ^= scramble(block);
  return finishHash(state ^ (length + id.length)) >>> 0;
}

/** The last stir, as a signed number. */
export function finishHash(state: number): number {
  const once = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
  const twice = Math.imul(once ^ (once >>> 13), 0xc2b2ae35);
  return twice ^ (twice >>> 16);
}

/** Mixes a whole block in. */
export function mix(state: number, block: number): number {
  const mixed = state ^ scramble(block);
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0;
}

/** What a block is mixed in as. */
export function scramble(block: number): number {
  const product = Math.imul(block, 0xcc9e2d51);
  return Math.imul((product << 15) | (product >>> 17), 0x1b873593);
}
