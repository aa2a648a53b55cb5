import { createXXHash128 } from 'hash-wasm';
import { finish, type Steps } from '../../../flags/steps.ts';
import { type ContentCoding, negotiateAnyCoding } from '../../../http/compression.ts';
import { Entity } from '../../../http/entity.ts';
import type { ReplyMemory } from '../../../http/loaned-reply.ts';

/** Makes the entity tag of a body, at once or in steps. */
export interface Tagger {
  (bytes: Uint8Array): string;
  inSteps(bytes: Uint8Array): Steps<string>;
}

/** Bytes that are hashed in one step. */
const hashedBytes = 1024 * 1024;

export const jsonType = 'application/json';

const slowBytes = 1024 * 1024;
const plainIsRefused = /(identity|\*)\s*;\s*q=0(\.0*)?\s*(,|$)/i;

/**
 * Loads the hash behind entity tags. Tags equal those of the original byte by byte, so that a client may change between
 * the two: length in hexadecimal and XXH3 (128 bits, little-endian), weak unless `EDGE_FORCE_STRONG_ETAGS` is on.
 *
 * Source: Unleash Edge specification 10.1.
 */
export async function createTagger(strong: boolean): Promise<Tagger> {
  const hasher = await createXXHash128();
  const prefix = strong ? '"' : 'W/"';
  function* inSteps(bytes: Uint8Array): Steps<string> {
    hasher.init();
    for (let start = 0; start < bytes.length; start += hashedBytes) {
      hasher.update(bytes.subarray(start, start + hashedBytes));
      if (start + hashedBytes >= bytes.length) break;
      // Others hash meanwhile.
      const state = hasher.save();
      yield;
      hasher.load(state);
    }
    const digest = Buffer.from(hasher.digest('binary')).reverse();
    const text = digest.toString('base64').replaceAll('+', '-').replaceAll('/', '_');
    return `${prefix}${bytes.length.toString(16)}-${text}"`;
  }
  return Object.assign((bytes: Uint8Array) => finish(inSteps(bytes)), { inSteps });
}

/** A body whose tag is made the way Edge does it, when it is first asked for; codings are Edge's, zstd among them. */
export class EdgeEntity extends Entity {
  readonly #tagger: Tagger;
  #tag: string | undefined;

  constructor(body: Uint8Array | string, tagger: Tagger, contentType = jsonType) {
    super(body, contentType);
    this.#tagger = tagger;
  }

  override codingFor(acceptEncoding: string | undefined): ContentCoding | undefined {
    return negotiateAnyCoding(acceptEncoding);
  }

  override get etag(): string {
    this.#tag ??= this.#tagger(this.bytes);
    return this.#tag;
  }

  /** Makes the tag beforehand. */
  *tagInSteps(): Steps<void> {
    this.#tag ??= yield* this.#tagger.inSteps(this.bytes);
  }
}

/** A body of one request only, written where an earlier one was. */
export class PassingEntity extends EdgeEntity {
  readonly memory: ReplyMemory;

  /** @param memory what the body was taken from */
  constructor(body: Uint8Array, tagger: Tagger, memory: ReplyMemory) {
    super(body, tagger);
    this.memory = memory;
  }
}

/**
 * A body that is kept and may be very large: from 1 MiB on, which takes 10 ms to compress, its compressed forms are made
 * on another thread, and clients get the plain one until then.
 */
export class DocumentEntity extends EdgeEntity {
  override codingFor(acceptEncoding: string | undefined): ContentCoding | undefined {
    const coding = super.codingFor(acceptEncoding);
    const isThere = coding === undefined || this.bytes.length < slowBytes || this.codings.includes(coding);
    if (isThere || plainIsRefused.test(acceptEncoding as string)) return coding;
    void this.encodeBeside(coding);
    return undefined;
  }
}
