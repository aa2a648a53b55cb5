/**
 * What a host hands to the rest of the program and what it gets back. A host exists per runtime (Bun, Node, Express,
 * fetch); everything above speaks only these types, so that it can be tested without a socket.
 */

/** One request as seen by a handler. Nothing in it is computed before it is asked for. */
export interface HttpRequest {
  /** Upper-case method as sent. */
  readonly method: string;
  /**
   * What was asked for, in the form in which the host has it at hand: equal texts mean equal paths and queries. Only for
   * comparing; hosts differ in whether the server's name is in it.
   */
  readonly target: string;
  /** Path as sent, undecoded, without the query string. Starts with `/`. Bun's HTTP server resolves dot segments in it. */
  readonly path: string;
  /** Query string as sent, without the leading `?`; empty when there is none. */
  readonly query: string;
  /** The first value of a header, or undefined. `name` is in lower case. */
  header(name: string): string | undefined;
  /** Whether the connection is encrypted; undefined where only {@link native} tells. */
  readonly isSecure?: boolean | undefined;
  /** Address of the socket's other end, or undefined where the host cannot tell. */
  peerAddress(): string | undefined;
  /**
   * The whole body as sent, before any content decoding. Rejects with {@link BodyTooLargeError} once more than
   * `limitBytes` have arrived; the rest is then not read.
   */
  readBody(limitBytes: number): Promise<Uint8Array>;
  /**
   * The same where all of it has arrived by now, without a promise; undefined where it is to be waited for, is larger, or the
   * host cannot tell.
   */
  arrivedBody?(limitBytes: number): Uint8Array | undefined;
  /** The host's own request object, for extensions that ask for it. */
  readonly native: unknown;
}

/** One reply. `body` is sent as it is: content encoding, ETag and `Content-Length: 0` rules are already applied. */
export interface HttpReply {
  readonly status: number;
  /** Header names in the spelling to send. Hosts add `Date`, `Connection` and `Content-Length`. */
  readonly headers: Readonly<Record<string, string>>;
  /** null means no body at all. */
  readonly body: Uint8Array | string | null;
  /** A body that goes on for as long as both sides like, instead of `body`, which is null then. */
  readonly stream?: ReplyStream | undefined;
}

/**
 * The sending side of a reply without an end. The host calls; nothing here may throw.
 *
 * `opened` comes first, when headers are on their way, and `closed` last and exactly once, whoever ended it. Where the
 * connection was gone before anything could be sent, or the request was a HEAD, only `closed` is called.
 */
export interface ReplyStream {
  opened(sink: ReplySink): void;
  /** What was written is with the system now: the client takes more. */
  drained(): void;
  closed(): void;
}

/** Where a stream's bytes go. */
export interface ReplySink {
  /**
   * Hands bytes over; they may not be changed afterwards.
   *
   * @returns false when the client is behind: the bytes are kept, and `drained` will be called. Whoever goes on writing
   * before that fills memory.
   */
  write(bytes: Uint8Array): boolean;
  /** Ends the reply after what was written. */
  end(): void;
  /** Ends the connection now. What the client has not taken yet is lost, and it can tell that the reply broke off. */
  abort(): void;
}

/**
 * Answers a request. A handler that needs nothing asynchronous returns the reply itself, and the hosts then send it
 * without a promise in between.
 */
export type HttpHandler = (request: HttpRequest) => HttpReply | Promise<HttpReply>;

/** The request body is larger than the handler accepts. */
export class BodyTooLargeError extends Error {
  override readonly name = 'BodyTooLargeError';
  constructor() {
    super('request entity too large');
  }
}

/** The client went away before its request was complete. There is nobody left to answer. */
export class RequestAbortedError extends Error {
  override readonly name = 'RequestAbortedError';
  constructor() {
    super('request aborted');
  }
}
