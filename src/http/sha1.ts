import { createHash } from 'node:crypto';

type Sha1 = (bytes: Uint8Array | string) => string;

/** Bun's own hasher: `node:crypto` on Bun costs an object and two calls more per reply. */
function bunSha1(): Sha1 | undefined {
  if (typeof Bun === 'undefined') return undefined;
  return (bytes) => new Bun.CryptoHasher('sha1').update(bytes).digest('base64');
}

/** SHA-1 in base64. Used for entity tags only, where it has to equal what the original products send. */
export const sha1Base64: Sha1 = bunSha1() ?? ((bytes) => createHash('sha1').update(bytes).digest('base64'));
