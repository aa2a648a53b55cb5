import type { ReplySink, ReplyStream } from '../../http/types.ts';

/** What a hub does for its subscribers. */
export interface SubscriberOwner {
  /** What a new subscriber has to hear at once. */
  greet(subscriber: Subscriber): Uint8Array;
  /** The connection is gone. */
  left(subscriber: Subscriber): void;
}

/**
 * One open stream. It holds no queue: a change is one small message, and a client that has not taken the last one when
 * the next is due is cut off. It comes back and learns then what it missed.
 */
export class Subscriber implements ReplyStream {
  readonly channel: string;
  readonly fingerprint: string;
  readonly address: string;
  /** When the stream is ended, in milliseconds since the epoch. */
  readonly endsAtMs: number;
  /** The last version that the client was told, or said it has; undefined when it said nothing. */
  version: string | undefined;
  readonly #owner: SubscriberOwner;
  #sink: ReplySink | undefined;
  #isBehind = false;

  constructor(
    owner: SubscriberOwner,
    of: Pick<Subscriber, 'channel' | 'fingerprint' | 'address' | 'endsAtMs' | 'version'>,
  ) {
    this.#owner = owner;
    this.channel = of.channel;
    this.fingerprint = of.fingerprint;
    this.address = of.address;
    this.endsAtMs = of.endsAtMs;
    this.version = of.version;
  }

  opened(sink: ReplySink): void {
    this.#sink = sink;
    this.write(this.#owner.greet(this));
  }

  drained(): void {
    this.#isBehind = false;
  }

  closed(): void {
    this.#sink = undefined;
    this.#owner.left(this);
  }

  /** Sends one message; cuts the connection where the one before is still waiting. */
  write(bytes: Uint8Array): void {
    if (this.#sink === undefined) return;
    if (this.#isBehind) this.#sink.abort();
    else if (!this.#sink.write(bytes)) this.#isBehind = true;
  }

  /** Ends the stream properly: the client comes back. */
  end(): void {
    this.#sink?.end();
  }
}
