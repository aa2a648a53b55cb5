import { type ContentCoding, compressBeside, compressBytes, negotiateCoding } from './compression.ts';
import { KeptReply } from './kept-reply.ts';
import { sha1Base64 } from './sha1.ts';
import type { HttpReply } from './types.ts';

const encoder = new TextEncoder();

/** How a GET is answered with an entity: its bytes, its bytes in a coding, or the news that the client's copy is good. */
export type ReplyForm = 'plain' | 'unchanged' | ContentCoding;

/**
 * One representation: its bytes, and what follows from them. The entity tag and the compressed forms are made when
 * they are first asked for and kept as long as the entity is.
 */
export class Entity {
  readonly bytes: Uint8Array;
  readonly contentType: string;
  #etag: string | undefined;
  #encoded: Map<ContentCoding, Uint8Array> | undefined;
  #encoding: Map<ContentCoding, Promise<void>> | undefined;
  #replies: Map<ReplyForm, { readonly headers: object; readonly reply: KeptReply }> | undefined;
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

  /** The coding for a client, by its `Accept-Encoding`; undefined for none. */
  codingFor(acceptEncoding: string | undefined): ContentCoding | undefined {
    return negotiateCoding(acceptEncoding);
  }

  /** The bytes in a content coding. */
  encoded(coding: ContentCoding): Uint8Array {
    return this.#encoded?.get(coding) ?? this.#addEncoded(coding, compressBytes(this.bytes, coding));
  }

  /**
   * Makes the bytes in a content coding on another thread, unless they are there. Where that fails nothing changes. Who asks while
   * it is under way waits for the same: with 5,000 flags, 8 connections had started hundreds before the first was done.
   */
  encodeBeside(coding: ContentCoding): Promise<void> {
    const begun = this.#encoding?.get(coding);
    if (begun !== undefined) return begun;
    const made = this.#encodeBeside(coding).finally(() => this.#encoding?.delete(coding));
    this.#encoding ??= new Map();
    this.#encoding.set(coding, made);
    return made;
  }

  async #encodeBeside(coding: ContentCoding): Promise<void> {
    if (this.#encoded?.has(coding)) return;
    const bytes = await compressBeside(this.bytes, coding).catch(() => undefined);
    if (bytes !== undefined && !this.#encoded?.has(coding)) this.#addEncoded(coding, bytes);
  }

  /** The codings that were asked for. */
  get codings(): readonly ContentCoding[] {
    return this.#encoded === undefined ? [] : [...this.#encoded.keys()];
  }

  /** The reply that {@link keep} took for these very headers. */
  kept(form: ReplyForm, headers: object): KeptReply | undefined {
    const kept = this.#replies?.get(form);
    return kept !== undefined && kept.headers === headers ? kept.reply : undefined;
  }

  /**
   * Keeps a reply for the next request that is answered in the same form with the same headers, by identity.
   *
   * @param headers what the reply's own headers were made from
   */
  keep(form: ReplyForm, headers: object, reply: HttpReply): KeptReply {
    const kept = new KeptReply(reply);
    this.#replies ??= new Map();
    if (!this.#replies.has(form)) this.#heldBytes += kept.heldBytes;
    this.#replies.set(form, { headers, reply: kept });
    return kept;
  }

  #addEncoded(coding: ContentCoding, bytes: Uint8Array): Uint8Array {
    this.#encoded ??= new Map();
    this.#encoded.set(coding, bytes);
    this.#heldBytes += bytes.length;
    return bytes;
  }

  /** Bytes held in memory, for bounds. */
  get heldBytes(): number {
    return this.#heldBytes;
  }
}
