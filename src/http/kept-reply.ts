import type { HttpReply } from './types.ts';

/**
 * A reply that is sent again and again. A copy of one is an ordinary reply: what the host keeps belongs to this very
 * status and these very headers.
 */
export class KeptReply implements HttpReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: HttpReply['body'];
  /** Whether it was sent before: for what is sent only once, nothing is worth keeping. */
  #sent = false;
  #form: unknown;

  constructor({ status, headers, body }: HttpReply) {
    this.status = status;
    this.headers = headers;
    this.body = body;
  }

  /**
   * The host's own form of status and headers, made when the reply is sent for the second time.
   *
   * @returns undefined the first time
   */
  hostForm<Form>(make: (reply: HttpReply) => Form): Form | undefined {
    if (this.#sent) this.#form ??= make(this);
    this.#sent = true;
    return this.#form as Form | undefined;
  }
}
