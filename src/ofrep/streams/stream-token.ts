import { createHmac, timingSafeEqual } from 'node:crypto';

/** What a stream URL allows: to hear of changes of one channel. */
export interface StreamGrant {
  readonly channel: string;
  /** Stands for the credential that the URL was given to. One-way. */
  readonly fingerprint: string;
}

/** What a credential's stream URL carries in one epoch. */
export interface StreamToken {
  readonly text: string;
  /** Changes with credential, epoch and key: part of the entity tag, so that clients fetch a new URL. */
  readonly tag: string;
}

const longestToken = 1_024;
const tagLength = 8;

/**
 * Signs and checks what stands in stream URLs. Browsers cannot send headers there and keep URLs, so the URL itself
 * carries a grant that opens a stream and nothing else, and expires (OFREP specification 7.2).
 */
export class StreamTokens {
  readonly #secret: string;
  readonly #lifetimeMs: number;
  readonly #now: () => number;

  /** @param now milliseconds since the epoch */
  constructor(secret: string, lifetimeMs: number, now: () => number) {
    this.#secret = secret;
    this.#lifetimeMs = lifetimeMs;
    this.#now = now;
  }

  /** Counts up once per lifetime. */
  get epoch(): number {
    return Math.floor(this.#now() / this.#lifetimeMs);
  }

  /** A text that stands for a credential and does not tell it. */
  fingerprint(credential: string): string {
    return this.#mac(`credential ${credential}`).slice(0, 16);
  }

  /** Makes the token of the current epoch. */
  create({ channel, fingerprint }: StreamGrant): StreamToken {
    const payload = Buffer.from(JSON.stringify([channel, fingerprint, this.epoch])).toString('base64url');
    const signature = this.#mac(payload);
    return { text: `${payload}.${signature}`, tag: signature.slice(0, tagLength) };
  }

  /** What a token allows; undefined when it is forged, damaged or too old. */
  read(text: string): StreamGrant | undefined {
    if (text.length > longestToken) return undefined;
    const [payload = '', signature = '', ...rest] = text.split('.');
    if (rest.length > 0 || !isEqual(signature, this.#mac(payload))) return undefined;
    const [channel, fingerprint, epoch] = JSON.parse(Buffer.from(payload, 'base64url').toString()) as unknown[];
    const age = this.epoch - Number(epoch);
    if (age !== 0 && age !== 1) return undefined;
    return { channel: String(channel), fingerprint: String(fingerprint) };
  }

  #mac(text: string): string {
    return createHmac('sha256', this.#secret).update(text).digest('base64url');
  }
}

function isEqual(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}
