import { type ContentCoding, compressBytes } from './compression.ts';
import { sha1Base64 } from './sha1.ts';

const encoder = new TextEncoder();

/**
 * One representation: its bytes, and what follows from them. The entity tag and the compressed forms are made when
 * they are first asked for and kept as long as the entity is.
 */
export class Entity {
  readonly bytes: Uint8Array;
  readonly contentType: string;
  #etag: string | undefined;
  #encoded: Map<ContentCoding, Uint8Array> | undefined;
  #heldBytes: number;

  constructor(body: Uint8Array | string, contentType: string) {
    this.bytes = typeof body === 'string' ? encoder.encode(body) : body;
    this.contentType = contentType;
    this.#heldBytes = this.bytes.length;
  }

  /** Weak tag in the form that Express applications send: hexadecimal length and SHA-1 of the bytes. */
  get etag(): string {
    this.#etag ??= `W/"${this.bytes.length.toString(16)}-${sha1Base64(this.bytes).slice(0, 27)}"`;
    return this.#etag;
  }

  /** The bytes in a content coding. */
  encoded(coding: ContentCoding): Uint8Array {
    this.#encoded ??= new Map();
    let bytes = this.#encoded.get(coding);
    if (bytes === undefined) {
      bytes = compressBytes(this.bytes, coding);
      this.#encoded.set(coding, bytes);
      this.#heldBytes += bytes.length;
    }
    return bytes;
  }

  /** Bytes held in memory, for bounds. */
  get heldBytes(): number {
    return this.#heldBytes;
  }
}
