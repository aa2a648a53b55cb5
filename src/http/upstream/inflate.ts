import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';

const decoders = new Map([
  ['gzip', promisify(gunzip)],
  ['deflate', promisify(inflate)],
  ['br', promisify(brotliDecompress)],
] as const);

/** More bytes came out than are allowed. */
export class InflatedTooLargeError extends Error {
  override readonly name = 'InflatedTooLargeError';
}

/**
 * Undoes a content coding on another thread of the runtime. Codings that nobody asked for stay as they are.
 *
 * @throws InflatedTooLargeError, and Error for what is not in that coding
 */
export async function inflateAnswer(bytes: Uint8Array, coding: string | null, limitBytes: number): Promise<Uint8Array> {
  const decode = coding === null ? undefined : decoders.get(coding.trim().toLowerCase() as 'gzip');
  if (decode === undefined || bytes.length === 0) return bytes;
  try {
    return await decode(bytes, { maxOutputLength: limitBytes });
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE') throw new InflatedTooLargeError();
    throw error;
  }
}
