import { brotliCompressSync, constants, deflateSync, gzipSync } from 'node:zlib';

/** Codings that Halyard can send. */
export type ContentCoding = 'br' | 'gzip' | 'deflate';

/** Bodies below this many bytes are sent as they are, as the original does. */
export const compressionThresholdBytes = 1024;

/** In the order that decides between equal weights. */
const preferred: readonly ContentCoding[] = ['br', 'gzip', 'deflate'];

/**
 * Fast levels: a reply that is made for one request costs more to compress than to make. Level 1 keeps JSON lists of
 * flags within a few per cent of the default levels, because they repeat themselves.
 */
const brotliOptions = { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } };
const zlibOptions = { level: 1 };

/** Compresses a body in one go. */
export function compressBytes(bytes: Uint8Array, coding: ContentCoding): Uint8Array {
  switch (coding) {
    case 'br':
      return brotliCompressSync(bytes, brotliOptions);
    case 'gzip':
      return gzipSync(bytes, zlibOptions);
    case 'deflate':
      return deflateSync(bytes, zlibOptions);
  }
}

/** Answers are few and repeat with every request, so they are remembered; hostile variety only costs the parsing. */
const remembered = new Map<string, ContentCoding | 'identity'>();
const rememberedLimit = 64;
const rememberedLength = 128;

/**
 * The coding to send for an `Accept-Encoding` header: the one with the highest weight, ties in the order br, gzip,
 * deflate; undefined when the client prefers the plain body.
 */
export function negotiateCoding(acceptEncoding: string | undefined): ContentCoding | undefined {
  if (acceptEncoding === undefined || acceptEncoding === '') return undefined;
  const known = remembered.get(acceptEncoding);
  if (known !== undefined) return known === 'identity' ? undefined : known;
  const coding = choose(acceptEncoding);
  if (remembered.size < rememberedLimit && acceptEncoding.length <= rememberedLength) {
    remembered.set(acceptEncoding, coding ?? 'identity');
  }
  return coding;
}

function choose(acceptEncoding: string): ContentCoding | undefined {
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
  for (const coding of preferred) {
    const weight = weights.get(coding) ?? other;
    if (weight > 0 && (best === undefined ? weight >= bestWeight : weight > bestWeight)) {
      best = coding;
      bestWeight = weight;
    }
  }
  return best;
}
