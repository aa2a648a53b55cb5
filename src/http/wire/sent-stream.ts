import type { ReplySink, ReplyStream } from '../types.ts';
import type { Wire } from './wire.ts';

const lineEnd = Buffer.from('\r\n');
const lastChunk = Buffer.from('0\r\n\r\n');

/** What goes to one client mostly goes to thousands: its chunk is made for the first of them, unless it is longer. */
const longestShared = 1024 * 1024;
const shared = new WeakMap<Uint8Array, Buffer>();

/** A reply without an end of its own, on one connection. */
export class SentStream implements ReplySink {
  readonly #wire: Wire;
  readonly #stream: ReplyStream;
  readonly #isChunked: boolean;
  readonly #onEnd: (isBehind: boolean) => void;
  readonly #unwatch: () => void;
  #isBehind = false;
  #isClosed = false;

  /**
   * @param isChunked false for clients that do not know chunks: to them the end of the connection is the end
   * @param onEnd called when the reply ended by itself, and the connection can go on; says whether some of it waits
   */
  constructor(wire: Wire, stream: ReplyStream, isChunked: boolean, onEnd: (isBehind: boolean) => void) {
    this.#wire = wire;
    this.#stream = stream;
    this.#isChunked = isChunked;
    this.#onEnd = onEnd;
    this.#unwatch = wire.watch(() => this.abort());
  }

  /** To be called once, when the head is on its way. */
  open(): void {
    this.#stream.opened(this);
  }

  write(bytes: Uint8Array): boolean {
    if (this.#isClosed) return false;
    if (bytes.length === 0) return true;
    if (!this.#isChunked) return this.#send(bytes);
    if (bytes.length <= longestShared) return this.#send(sharedChunk(bytes));
    this.#wire.send(sizeLine(bytes));
    this.#wire.send(bytes);
    return this.#send(lineEnd);
  }

  end(): void {
    if (this.#isClosed) return;
    if (this.#isChunked) this.#send(lastChunk);
    this.closed();
    this.#onEnd(this.#isBehind);
  }

  abort(): void {
    if (this.#isClosed) return;
    this.closed();
    this.#wire.destroy();
  }

  /** What was written is with the system. */
  drained(): void {
    this.#isBehind = false;
    if (!this.#isClosed) this.#stream.drained();
  }

  /** The connection is gone. */
  closed(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#unwatch();
    this.#stream.closed();
  }

  #send(bytes: Uint8Array): boolean {
    const isTaken = this.#wire.send(bytes);
    this.#isBehind = !isTaken;
    return isTaken;
  }
}

function sharedChunk(bytes: Uint8Array): Buffer {
  let chunk = shared.get(bytes);
  if (chunk === undefined) {
    chunk = Buffer.concat([sizeLine(bytes), bytes, lineEnd]);
    shared.set(bytes, chunk);
  }
  return chunk;
}

function sizeLine(bytes: Uint8Array): Buffer {
  return Buffer.from(`${bytes.length.toString(16)}\r\n`);
}
