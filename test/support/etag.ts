import { createHash } from 'node:crypto';

/** The weak validator of spec section 3: hex byte length and the first 27 characters of base64(sha1(body)). */
export function weakEtag(body: string | Uint8Array): string {
  const digest = createHash('sha1').update(body).digest('base64').slice(0, 27);
  return `W/"${Buffer.byteLength(body).toString(16)}-${digest}"`;
}
