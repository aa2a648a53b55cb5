import type { ReplySink, ReplyStream } from '../../../http/types.ts';
import type { FeatureScope } from '../types.ts';
import { heartbeatBytes } from './sse-format.ts';

/** What the hub does for its subscribers. */
export interface SubscriberOwner {
  /** The bytes that bring a subscriber up to date, and the id it is at then; undefined when it lacks nothing. */
  catchUp(subscriber: Subscriber): { readonly bytes: Uint8Array | undefined; readonly id: number };
  /** The subscriber's connection is gone. */
  left(subscriber: Subscriber): void;
  /** Milliseconds since the epoch. */
  now(): number;
}

/**
 * One open stream. It holds no queue: it remembers the last event that it was given, and gets what it lacks when its
 * client takes more. So a client that does not read costs one message, however much happens meanwhile.
 */
export class Subscriber implements ReplyStream {
  readonly scope: FeatureScope;
  readonly scopeKey: string;
  readonly token: string;
  readonly openedAtMs: number;
  /** Id of the last event handed over. */
  lastId: number;
  /** Since when the client has not taken what was sent; undefined while it keeps up. */
  behindSinceMs: number | undefined;
  readonly #owner: SubscriberOwner;
  #sink: ReplySink | undefined;

  constructor(owner: SubscriberOwner, scope: FeatureScope, scopeKey: string, token: string, lastId: number) {
    this.#owner = owner;
    this.scope = scope;
    this.scopeKey = scopeKey;
    this.token = token;
    this.lastId = lastId;
    this.openedAtMs = owner.now();
  }

  opened(sink: ReplySink): void {
    this.#sink = sink;
    // Something is sent at once in any case, so that the client learns that it is connected.
    if (!this.deliver()) this.beat(heartbeatBytes);
  }

  drained(): void {
    this.behindSinceMs = undefined;
    this.deliver();
  }

  closed(): void {
    this.#sink = undefined;
    this.#owner.left(this);
  }

  /** Hands over what the client lacks, if it keeps up. @returns whether anything was sent */
  deliver(): boolean {
    if (this.#sink === undefined || this.behindSinceMs !== undefined) return false;
    const { bytes, id } = this.#owner.catchUp(this);
    this.lastId = id;
    if (bytes === undefined) return false;
    this.#write(this.#sink, bytes);
    return true;
  }

  /** Sends a sign of life, so that a connection without anybody behind it is found out. */
  beat(bytes: Uint8Array): void {
    if (this.#sink !== undefined && this.behindSinceMs === undefined) this.#write(this.#sink, bytes);
  }

  /** Ends the stream properly: the client comes back and goes on where it was. */
  end(): void {
    this.#sink?.end();
  }

  /** Ends the connection at once. */
  abort(): void {
    this.#sink?.abort();
  }

  #write(sink: ReplySink, bytes: Uint8Array): void {
    if (!sink.write(bytes)) this.behindSinceMs = this.#owner.now();
  }
}
