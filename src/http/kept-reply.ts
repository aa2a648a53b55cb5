import type { HttpReply } from './types.ts';

/** A host's form may hold the body once more, unless it is longer than this. */
export const longestCopiedBytes = 1024 * 1024;

/** Roughly what headers take, once as they are and once in the host's form. */
const headerBytes = 1024;

/**
 * A reply that is sent again and again. A copy of one is an ordinary reply: what the host keeps belongs to this very
 * status, these very headers and this very body.
 */
export class KeptReply implements HttpReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: HttpReply['body'];
  /** Whether it was sent before: for what is sent only once, nothing is worth keeping. */
  #sent = false;
  /** Whose form is kept. */
  #make: unknown;
  #form: unknown;

  constructor({ status, headers, body }: HttpReply) {
    this.status = status;
    this.headers = headers;
    this.body = body;
  }

  /** Most memory that it takes besides the body that it was given. */
  get heldBytes(): number {
    const bytes = this.body?.length ?? 0;
    return headerBytes + (bytes > longestCopiedBytes ? 0 : bytes);
  }

  /**
   * The host's own form of it, made when the reply is sent for the second time. One is kept: where one process serves HTTP
   * and HTTPS, with hosts of different kinds, that of the host which asks for it first.
   *
   * @param make the same function each time; tells hosts apart
   * @returns undefined the first time, and where the host has none
   */
  hostForm<Form>(make: (reply: HttpReply) => Form | undefined): Form | undefined {
    if (!this.#sent) {
      this.#sent = true;
      return undefined;
    }
    this.#make ??= make;
    if (this.#make !== make) return undefined;
    this.#form ??= make(this);
    return this.#form as Form | undefined;
  }
}
