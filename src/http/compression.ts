import { promisify } from 'node:util';
import zlib, { brotliCompress, brotliCompressSync, constants, deflate, deflateSync, gzip, gzipSync } from 'node:zlib';

/** Codings that Halyard can send; `zstd` only where the runtime can make it. */
export type ContentCoding = 'br' | 'gzip' | 'deflate' | 'zstd';

/** Bodies below this many bytes are sent as they are, as the original does. */
export const compressionThresholdBytes = 1024;

/** Bun has it, Node from 22.15 on. */
const { zstdCompress, zstdCompressSync } = zlib as unknown as {
  readonly zstdCompress?: (
    bytes: Uint8Array,
    options: object,
    callback: (error: Error | null, result: Buffer) => void,
  ) => void;
  readonly zstdCompressSync?: (bytes: Uint8Array, options: object) => Uint8Array;
};

/** Codings of Unleash Proxy, in the order that decides between equal weights. */
const classicCodings: readonly ContentCoding[] = ['br', 'gzip', 'deflate'];
/** Codings of Unleash Edge, as far as the runtime has them. */
const allCodings: readonly ContentCoding[] =
  zstdCompressSync === undefined ? classicCodings : ['br', 'zstd', 'gzip', 'deflate'];

/**
 * Fast levels: a reply that is made for one request costs more to compress than to make. Level 1 keeps JSON lists of
 * flags within a few per cent of the default levels, because they repeat themselves.
 */
/** A window of 256 KiB: setting up the usual one of 4 MiB took 9 of the 28 µs for a list of 350 flags, of equal size. */
const brotliOptions = { params: { [constants.BROTLI_PARAM_QUALITY]: 1, [constants.BROTLI_PARAM_LGWIN]: 18 } };
const zlibOptions = { level: 1 };
/** The parameter's number is part of the format's library; older type definitions lack its name. */
const zstdOptions = { params: { 100: 1 } };

/** Compresses a body in one go. */
export function compressBytes(bytes: Uint8Array, coding: ContentCoding): Uint8Array {
  switch (coding) {
    case 'br':
      return brotliCompressSync(bytes, brotliOptions);
    case 'gzip':
      return gzipSync(bytes, zlibOptions);
    case 'deflate':
      return deflateSync(bytes, zlibOptions);
    case 'zstd':
      if (zstdCompressSync === undefined) throw new TypeError('this runtime has no zstd');
      return zstdCompressSync(bytes, zstdOptions);
  }
}

/** The same on another thread of the runtime. */
export function compressBeside(bytes: Uint8Array, coding: ContentCoding): Promise<Uint8Array> {
  switch (coding) {
    case 'br':
      return promisify<Uint8Array, object, Uint8Array>(brotliCompress)(bytes, brotliOptions);
    case 'gzip':
      return promisify<Uint8Array, object, Uint8Array>(gzip)(bytes, zlibOptions);
    case 'deflate':
      return promisify<Uint8Array, object, Uint8Array>(deflate)(bytes, zlibOptions);
    case 'zstd':
      if (zstdCompress === undefined) throw new TypeError('this runtime has no zstd');
      return promisify<Uint8Array, object, Uint8Array>(zstdCompress)(bytes, zstdOptions);
  }
}

/** Answers are few and repeat with every request, so they are remembered; hostile variety only costs the parsing. */
const rememberedLimit = 64;
const rememberedLength = 128;

/** Chooses the coding to send for an `Accept-Encoding` header; undefined when the client prefers the plain body. */
export type NegotiateCoding = (acceptEncoding: string | undefined) => ContentCoding | undefined;

function createNegotiation(offered: readonly ContentCoding[]): NegotiateCoding {
  const remembered = new Map<string, ContentCoding | undefined>();
  return (acceptEncoding) => {
    if (acceptEncoding === undefined || acceptEncoding === '') return undefined;
    if (remembered.has(acceptEncoding)) return remembered.get(acceptEncoding);
    const coding = choose(acceptEncoding, offered);
    if (remembered.size < rememberedLimit && acceptEncoding.length <= rememberedLength) {
      remembered.set(acceptEncoding, coding);
    }
    return coding;
  };
}

/** Among the codings of Unleash Proxy: the one with the highest weight, ties in the order br, gzip, deflate. */
export const negotiateCoding = createNegotiation(classicCodings);

/** Among all codings that the runtime has: ties in the order br, zstd, gzip, deflate. */
export const negotiateAnyCoding = createNegotiation(allCodings);

function choose(acceptEncoding: string, offered: readonly ContentCoding[]): ContentCoding | undefined {
  const weights = new Map<string, number>();
  for (const item of acceptEncoding.toLowerCase().split(',')) {
    const [name = '', ...parameters] = item.split(';').map((part) => part.trim());
    const quality = parameters.find((parameter) => parameter.startsWith('q='));
    const weight = quality === undefined ? 1 : Number.parseFloat(quality.slice(2));
    if (name !== '' && !weights.has(name)) weights.set(name, Number.isNaN(weight) ? 1 : weight);
  }
  const other = weights.get('*') ?? 0;
  let best: ContentCoding | undefined;
  let bestWeight = weights.get('identity') ?? 0;
  for (const coding of offered) {
    const weight = weights.get(coding) ?? other;
    if (weight > 0 && (best === undefined ? weight >= bestWeight : weight > bestWeight)) {
      best = coding;
      bestWeight = weight;
    }
  }
  return best;
}
