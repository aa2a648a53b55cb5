// MD5 (RFC 1321), own implementation: the runtime's digest objects cost more than the one block that bucketing hashes.

const shifts = Int32Array.of(7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21);
const sines = Int32Array.from({ length: 64 }, (_, i) => Math.floor(Math.abs(Math.sin(i + 1)) * 2 ** 32) | 0);
const block = new Int32Array(16);
const state = new Int32Array(4);

let scratch = new Uint8Array(256);

/**
 * MD5 of a text's UTF-8 bytes as four 32-bit words, each holding its digest bytes in big-endian order, unsigned. The
 * returned array is reused by the next call.
 */
export function md5(text: string): Uint32Array {
  const length = encodeUtf8(text);
  const padded = padInto(length);
  state[0] = 0x67452301;
  state[1] = 0xefcdab89;
  state[2] = 0x98badcfe;
  state[3] = 0x10325476;
  for (let offset = 0; offset < padded; offset += 64) {
    for (let word = 0; word < 16; word++) {
      const i = offset + word * 4;
      block[word] = scratch[i]! | (scratch[i + 1]! << 8) | (scratch[i + 2]! << 16) | (scratch[i + 3]! << 24);
    }
    digestBlock();
  }
  for (let word = 0; word < 4; word++) result[word] = swapBytes(state[word]!);
  return result;
}

const result = new Uint32Array(4);

function swapBytes(word: number): number {
  return (word >>> 24) | ((word >>> 8) & 0xff00) | ((word << 8) & 0xff0000) | (word << 24);
}

// one loop per round: a single loop that chooses its round at every step takes half as long again
function digestBlock(): void {
  let a = state[0]!;
  let b = state[1]!;
  let c = state[2]!;
  let d = state[3]!;
  for (let i = 0; i < 16; i++) {
    const sum = (a + ((b & c) | (~b & d)) + sines[i]! + block[i]!) | 0;
    const shift = shifts[i & 3]!;
    a = d;
    d = c;
    c = b;
    b = (b + ((sum << shift) | (sum >>> (32 - shift)))) | 0;
  }
  for (let i = 16; i < 32; i++) {
    const sum = (a + ((d & b) | (~d & c)) + sines[i]! + block[(5 * i + 1) & 15]!) | 0;
    const shift = shifts[4 + (i & 3)]!;
    a = d;
    d = c;
    c = b;
    b = (b + ((sum << shift) | (sum >>> (32 - shift)))) | 0;
  }
  for (let i = 32; i < 48; i++) {
    const sum = (a + (b ^ c ^ d) + sines[i]! + block[(3 * i + 5) & 15]!) | 0;
    const shift = shifts[8 + (i & 3)]!;
    a = d;
    d = c;
    c = b;
    b = (b + ((sum << shift) | (sum >>> (32 - shift)))) | 0;
  }
  for (let i = 48; i < 64; i++) {
    const sum = (a + (c ^ (b | ~d)) + sines[i]! + block[(7 * i) & 15]!) | 0;
    const shift = shifts[12 + (i & 3)]!;
    a = d;
    d = c;
    c = b;
    b = (b + ((sum << shift) | (sum >>> (32 - shift)))) | 0;
  }
  state[0] = state[0]! + a;
  state[1] = state[1]! + b;
  state[2] = state[2]! + c;
  state[3] = state[3]! + d;
}

function encodeUtf8(text: string): number {
  // three bytes per UTF-16 unit at most, and room for the padding
  if (text.length * 3 + 72 > scratch.length) scratch = new Uint8Array(text.length * 3 + 72);
  let at = 0;
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

function padInto(length: number): number {
  const padded = ((length + 8) & ~63) + 64;
  scratch.fill(0, length, padded);
  scratch[length] = 0x80;
  // the length in bits, little-endian; texts of half a gigabyte do not come here
  const bits = length * 8;
  for (let i = 0; i < 4; i++) scratch[padded - 8 + i] = bits >>> (8 * i);
  return padded;
}
