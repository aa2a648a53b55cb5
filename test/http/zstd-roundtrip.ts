/** Compresses with zstd and undoes it, on the runtime that this runs on, and prints what the clients of it get. */
import zlib from 'node:zlib';
import { compressBytes, negotiateAnyCoding } from '../../src/http/compression.ts';

const { zstdDecompressSync } = zlib as unknown as { zstdDecompressSync(bytes: Uint8Array): Buffer };
const bytes = Buffer.from('flag '.repeat(1000));
const compressed = compressBytes(bytes, 'zstd');
const codings = ['zstd', 'gzip, zstd', 'gzip;q=0.5, zstd;q=0.9', 'zstd;q=0, gzip', 'br, zstd'].map(negotiateAnyCoding);
console.log(
  JSON.stringify({ codings, isSame: zstdDecompressSync(compressed).equals(bytes), length: compressed.length }),
);
