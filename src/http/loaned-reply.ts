import type { HttpReply } from './types.ts';

/** Most buffers that are kept for the next replies, and the largest of them in bytes: a megabyte together. */
const mostKept = 32;
const largestKept = 32 * 1024;

/**
 * Memory for bodies that are written anew for each request. What a host gives back is written to again: allocating 6 kB
 * for each took 3 to 5 of the 38 µs of an identity on Bun, most of it in collecting them.
 */
export class ReplyMemory {
  readonly #kept: ArrayBufferLike[] = [];

  /** So many bytes; what is in them is of no meaning. */
  readonly take = (length: number): Buffer => {
    const kept = this.#kept.pop();
    if (kept !== undefined && kept.byteLength >= length) return Buffer.from(kept, 0, length);
    return allocate(length);
  };

  /** Takes bytes back that nobody looks at any more. Only what {@link take} gave, and only once. */
  giveBack(bytes: Uint8Array): void {
    if (this.#kept.length < mostKept && bytes.buffer.byteLength <= largestKept) this.#kept.push(bytes.buffer);
  }
}

/** Bytes of their own: not from Node's pool, whose slabs replies would keep and fill up. */
export function allocate(length: number): Buffer {
  return Buffer.allocUnsafeSlow(length);
}

/**
 * A reply whose body is on loan: a host that has copied it releases it. Other hosts need not, it is collected like any
 * other then; and a copy of one is an ordinary reply.
 */
export class LoanedReply implements HttpReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  #memory: ReplyMemory | null;

  /** @param memory what the body was taken from */
  constructor(status: number, headers: Readonly<Record<string, string>>, body: Uint8Array, memory: ReplyMemory) {
    this.status = status;
    this.headers = headers;
    this.body = body;
    this.#memory = memory;
  }

  /** Gives the body back, which must not be looked at from now on. */
  release(): void {
    this.#memory?.giveBack(this.body);
    this.#memory = null;
  }
}
