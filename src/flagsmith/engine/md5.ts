// MD5 (RFC 1321), own implementation: the runtime's digest objects cost more than the one block that bucketing hashes.

const sines = Int32Array.from({ length: 64 }, (_, i) => Math.floor(Math.abs(Math.sin(i + 1)) * 2 ** 32) | 0);
const block = new Int32Array(16);
const state = new Int32Array(4);
const result = new Uint32Array(4);

let scratch = new Uint8Array(256);

/** Longest text of one block: a byte 0x80 and eight of length follow it. */
const shortLength = 55;

/**
 * MD5 of the UTF-8 bytes of a text and of what follows it, as four 32-bit words, each holding its digest bytes in
 * big-endian order, unsigned. The returned array is reused by the next call.
 *
 * @param rest a text of its own, because joining the two would cost as much as a quarter of the hash
 */
export function md5(text: string, rest = ''): Uint32Array {
  state[0] = 0x67452301;
  state[1] = 0xefcdab89;
  state[2] = 0x98badcfe;
  state[3] = 0x10325476;
  if (fillBlock(text, rest)) digestBlock();
  else digestLong(text, rest);
  for (let word = 0; word < 4; word++) result[word] = swapBytes(state[word]!);
  return result;
}

/**
 * Writes short ASCII, as nearly all ids are, with its padding right into the block: a tenth less time than by way of bytes.
 * False for anything else.
 */
function fillBlock(text: string, rest: string): boolean {
  const length = text.length + rest.length;
  if (length > shortLength) return false;
  for (let i = 0; i < 16; i++) block[i] = 0;
  let seen = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    seen |= code;
    block[i >> 2]! |= code << ((i & 3) * 8);
  }
  for (let i = 0, at = text.length; i < rest.length; i++, at++) {
    const code = rest.charCodeAt(i);
    seen |= code;
    block[at >> 2]! |= code << ((at & 3) * 8);
  }
  block[length >> 2]! |= 0x80 << ((length & 3) * 8);
  block[14] = length * 8;
  return seen < 0x80;
}

function digestLong(text: string, rest: string): void {
  // three bytes per UTF-16 unit at most, and room for the padding
  const room = (text.length + rest.length) * 3 + 72;
  if (room > scratch.length) scratch = new Uint8Array(room);
  const padded = pad(encodeUtf8(rest, encodeUtf8(text, 0)));
  for (let offset = 0; offset < padded; offset += 64) {
    for (let word = 0; word < 16; word++) {
      const i = offset + word * 4;
      block[word] = scratch[i]! | (scratch[i + 1]! << 8) | (scratch[i + 2]! << 16) | (scratch[i + 3]! << 24);
    }
    digestBlock();
  }
}

function swapBytes(word: number): number {
  return (word >>> 24) | ((word >>> 8) & 0xff00) | ((word << 8) & 0xff0000) | (word << 24);
}

// A loop per round, and four steps per turn, after which every word is in its place again: a third less time than a
// step per turn, and no more than all 64 steps written out.
function digestBlock(): void {
  let a = state[0]!;
  let b = state[1]!;
  let c = state[2]!;
  let d = state[3]!;
  for (let i = 0; i < 16; i += 4) {
    a = rotated(a + (d ^ (b & (c ^ d))) + block[i]! + sines[i]!, 7, b);
    d = rotated(d + (c ^ (a & (b ^ c))) + block[i + 1]! + sines[i + 1]!, 12, a);
    c = rotated(c + (b ^ (d & (a ^ b))) + block[i + 2]! + sines[i + 2]!, 17, d);
    b = rotated(b + (a ^ (c & (d ^ a))) + block[i + 3]! + sines[i + 3]!, 22, c);
  }
  for (let i = 16; i < 32; i += 4) {
    a = rotated(a + (c ^ (d & (b ^ c))) + block[(5 * i + 1) & 15]! + sines[i]!, 5, b);
    d = rotated(d + (b ^ (c & (a ^ b))) + block[(5 * i + 6) & 15]! + sines[i + 1]!, 9, a);
    c = rotated(c + (a ^ (b & (d ^ a))) + block[(5 * i + 11) & 15]! + sines[i + 2]!, 14, d);
    b = rotated(b + (d ^ (a & (c ^ d))) + block[(5 * i + 16) & 15]! + sines[i + 3]!, 20, c);
  }
  for (let i = 32; i < 48; i += 4) {
    a = rotated(a + (b ^ c ^ d) + block[(3 * i + 5) & 15]! + sines[i]!, 4, b);
    d = rotated(d + (a ^ b ^ c) + block[(3 * i + 8) & 15]! + sines[i + 1]!, 11, a);
    c = rotated(c + (d ^ a ^ b) + block[(3 * i + 11) & 15]! + sines[i + 2]!, 16, d);
    b = rotated(b + (c ^ d ^ a) + block[(3 * i + 14) & 15]! + sines[i + 3]!, 23, c);
  }
  for (let i = 48; i < 64; i += 4) {
    a = rotated(a + (c ^ (b | ~d)) + block[(7 * i) & 15]! + sines[i]!, 6, b);
    d = rotated(d + (b ^ (a | ~c)) + block[(7 * i + 7) & 15]! + sines[i + 1]!, 10, a);
    c = rotated(c + (a ^ (d | ~b)) + block[(7 * i + 14) & 15]! + sines[i + 2]!, 15, d);
    b = rotated(b + (d ^ (c | ~a)) + block[(7 * i + 21) & 15]! + sines[i + 3]!, 21, c);
  }
  state[0] = state[0]! + a;
  state[1] = state[1]! + b;
  state[2] = state[2]! + c;
  state[3] = state[3]! + d;
}

function rotated(sum: number, by: number, plus: number): number {
  return (((sum << by) | (sum >>> (32 - by))) + plus) | 0;
}

function encodeUtf8(text: string, from: number): number {
  let at = from;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 0x80) return encodeRest(text, i, at);
    scratch[at++] = code;
  }
  return at;
}

const encoder = new TextEncoder();

function encodeRest(text: string, from: number, at: number): number {
  return at + encoder.encodeInto(text.slice(from), scratch.subarray(at)).written;
}

function pad(length: number): number {
  const padded = ((length + 8) & ~63) + 64;
  scratch.fill(0, length, padded);
  scratch[length] = 0x80;
  // the length in bits, little-endian; texts of half a gigabyte do not come here
  const bits = length * 8;
  for (let i = 0; i < 4; i++) scratch[padded - 8 + i] = bits >>> (8 * i);
  return padded;
}
