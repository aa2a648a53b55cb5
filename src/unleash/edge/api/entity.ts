import { createXXHash128 } from 'hash-wasm';
import { type ContentCoding, negotiateAnyCoding } from '../../../http/compression.ts';
import { Entity } from '../../../http/entity.ts';

/** Makes the entity tag of a body. */
export type Tagger = (bytes: Uint8Array) => string;

export const jsonType = 'application/json';

/**
 * Loads the hash behind entity tags. Tags equal those of the original byte by byte, so that a client may change between
 * the two: length in hexadecimal and XXH3 (128 bits, little-endian), weak unless `EDGE_FORCE_STRONG_ETAGS` is on.
 *
 * Source: Unleash Edge specification 10.1.
 */
export async function createTagger(strong: boolean): Promise<Tagger> {
  const hasher = await createXXHash128();
  const prefix = strong ? '"' : 'W/"';
  return (bytes) => {
    const digest = Buffer.from(hasher.init().update(bytes).digest('binary')).reverse();
    const text = digest.toString('base64').replaceAll('+', '-').replaceAll('/', '_');
    return `${prefix}${bytes.length.toString(16)}-${text}"`;
  };
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
}
