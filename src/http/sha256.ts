import * as crypto from 'node:crypto';

/** Writes the SHA-256 of some bytes to the beginning of others, of which there are 32 or more. */
type Sha256 = (bytes: Uint8Array, into: Buffer) => void;

/** Bun's own hasher: 0.5 µs for 600 bytes, where `node:crypto` on Bun takes 0.9. */
function bunSha256(): Sha256 | undefined {
  if (typeof Bun === 'undefined') return undefined;
  return (bytes, into) => {
    Bun.SHA256.hash(bytes, into);
  };
}

/** Node's way without an object per hash, from 20.12 on: 0.6 instead of 1.2 µs as bytes, and no memory to collect. */
function nodeSha256(): Sha256 | undefined {
  const { hash } = crypto as unknown as { hash?: (algorithm: string, bytes: Uint8Array, encoding: string) => string };
  return (
    hash &&
    ((bytes, into) => {
      into.write(hash('sha256', bytes, 'latin1'), 'latin1');
    })
  );
}

/** SHA-256 into memory that is there. */
export const sha256Into: Sha256 =
  bunSha256() ??
  nodeSha256() ??
  ((bytes, into) => {
    crypto.createHash('sha256').update(bytes).digest().copy(into);
  });
