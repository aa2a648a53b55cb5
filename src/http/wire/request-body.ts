import { BodyTooLargeError, RequestAbortedError } from '../types.ts';
import { ChunkReader } from './chunked-body.ts';
import type { HeaderFields } from './header-fields.ts';
import { Input } from './input.ts';

const nothing = new Uint8Array();

/** Who waits for a body. */
interface Reader {
  readonly limitBytes: number;
  readonly resolve: (body: Uint8Array) => void;
  readonly reject: (error: Error) => void;
}

/**
 * The body of one request, as it arrives: kept up to the limit of who reads it. Until somebody does, no more than one piece
 * comes, as the connection is not read meanwhile.
 */
export class RequestBody {
  readonly #chunks: ChunkReader | undefined;
  readonly #announced: number;
  readonly #askForRest: (isToBeRead: boolean) => void;
  /** Its first piece, then all of it once it is asked for. */
  #piece: Uint8Array | undefined;
  /** More than one piece, put together: a list of them takes a hundred times what a client sends byte by byte. */
  #pieces: Input | undefined;
  #length = 0;
  #left: number;
  #reader: Reader | undefined;
  #isDropped = false;
  #isAborted = false;

  /**
   * @param fields of the request; with a length, or chunked
   * @param askForRest called when somebody waits for what has not come yet, or no longer wants it
   */
  constructor(fields: HeaderFields, askForRest: (isToBeRead: boolean) => void) {
    this.#chunks = fields.isChunked ? new ChunkReader((data) => this.#keep(data)) : undefined;
    this.#announced = fields.contentLength ?? 0;
    this.#left = this.#announced;
    this.#askForRest = askForRest;
  }

  /** Whether all of it has come. */
  get isDone(): boolean {
    return this.#chunks === undefined ? this.#left === 0 : this.#chunks.isDone;
  }

  /** Whether somebody waits for it, or nobody ever will: then the connection is read on. */
  get isWanted(): boolean {
    return this.#reader !== undefined || this.#isDropped;
  }

  /**
   * Takes what belongs to it.
   *
   * @returns how many bytes that were
   * @throws ChunkError
   */
  feed(bytes: Uint8Array): number {
    const used = this.#chunks === undefined ? this.#feedPlain(bytes) : this.#chunks.feed(bytes);
    this.#settle();
    return used;
  }

  /** All of it, where it is there by now and within the limit. */
  arrived(limitBytes: number): Uint8Array | undefined {
    return this.isDone && this.#length <= limitBytes && !this.#isDropped ? this.#all() : undefined;
  }

  read(limitBytes: number): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      this.#reader = { limitBytes, resolve, reject };
      this.#settle();
      if (this.#reader !== undefined) this.#askForRest(true);
    });
  }

  /** Nobody will read it any more: what comes is read over. */
  drop(): void {
    this.#isDropped = true;
    this.#piece = undefined;
    this.#pieces = undefined;
    if (!this.isDone) this.#askForRest(false);
  }

  /** The client is gone. */
  abort(): void {
    this.#isAborted = true;
    this.#settle();
  }

  #feedPlain(bytes: Uint8Array): number {
    const used = Math.min(bytes.length, this.#left);
    this.#left -= used;
    this.#keep(used === bytes.length ? bytes : bytes.subarray(0, used));
    return used;
  }

  #keep(bytes: Uint8Array): void {
    if (this.#isDropped || bytes.length === 0) return;
    this.#length += bytes.length;
    if (this.#piece === undefined) {
      this.#piece = bytes;
      return;
    }
    const { buffer, byteOffset, byteLength } = this.#piece;
    this.#pieces ??= new Input(Buffer.from(buffer, byteOffset, byteLength));
    this.#pieces.add(bytes);
  }

  #settle(): void {
    const reader = this.#reader;
    if (reader === undefined) return;
    if (Math.max(this.#length, this.#announced) > reader.limitBytes) {
      this.#reader = undefined;
      reader.reject(new BodyTooLargeError());
      this.drop();
    } else if (this.isDone) {
      this.#reader = undefined;
      reader.resolve(this.#all());
    } else if (this.#isAborted) {
      this.#reader = undefined;
      reader.reject(new RequestAbortedError());
    }
  }

  /** Who asks again gets the same. */
  #all(): Uint8Array {
    if (this.#pieces !== undefined) {
      this.#piece = this.#pieces.unread;
      this.#pieces = undefined;
    }
    return this.#piece ?? nothing;
  }
}
