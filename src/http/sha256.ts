import * as crypto from 'node:crypto';

type Sha256 = (bytes: Uint8Array) => string;

/** Bun's own hasher: 0.5 µs for 600 bytes, where `node:crypto` on Bun takes 0.9. */
function bunSha256(): Sha256 | undefined {
  if (typeof Bun === 'undefined') return undefined;
  return (bytes) => Bun.SHA256.hash(bytes, 'base64');
}

/** Node's way without an object per hash, from 20.12 on: 0.9 instead of 1.3 µs, and nothing to collect. */
function nodeSha256(): Sha256 | undefined {
  const { hash } = crypto as unknown as { hash?: (algorithm: string, bytes: Uint8Array, encoding: string) => string };
  return hash && ((bytes) => hash('sha256', bytes, 'base64'));
}

/** SHA-256 in base64. */
export const sha256Base64: Sha256 =
  bunSha256() ?? nodeSha256() ?? ((bytes) => crypto.createHash('sha256').update(bytes).digest('base64'));
