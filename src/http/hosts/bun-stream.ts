import type { HttpReply, ReplySink, ReplyStream } from '../types.ts';
import { watchPeer } from './process-peers.ts';

/** What Bun hands to a direct stream: bytes go to the socket without a queue in between. */
interface DirectController {
  /** A promise when the client is behind. It resolves when the client caught up. */
  write(bytes: Uint8Array): number | Promise<unknown>;
  flush(): unknown;
  close(error?: Error): void;
}

/** Sends a stream with Bun. Such a connection is never idle for Bun: the stream itself decides how long it lasts. */
export function bunStreamResponse(
  reply: HttpReply,
  stream: ReplyStream,
  request: Request,
  server: Bun.Server<undefined>,
): Response {
  if (request.method === 'HEAD' || request.signal.aborted) {
    stream.closed();
    return new Response(null, { status: reply.status, headers: reply.headers });
  }
  server.timeout(request, 0);
  const source = new BunStream(stream);
  const peer = server.requestIP(request);
  source.unwatch = watchPeer(peer?.address, peer?.port, server.port, source.cut);
  // Bun's own kind of source, which the platform's types do not know.
  const body = new ReadableStream(source as never);
  return new Response(body, { status: reply.status, headers: reply.headers });
}

/** One object per stream is all that thousands of them cost here. */
class BunStream implements ReplySink {
  readonly type = 'direct';
  unwatch: () => void = () => undefined;
  readonly #stream: ReplyStream;
  #controller: DirectController | undefined;
  #finish: () => void = () => undefined;
  #closed = false;

  constructor(stream: ReplyStream) {
    this.#stream = stream;
  }

  /** Called once by Bun, which sends for as long as the promise is pending. */
  readonly pull = (controller: DirectController): Promise<void> => {
    this.#controller = controller;
    return new Promise((resolve) => {
      this.#finish = resolve;
      this.#stream.opened(this);
    });
  };

  /** Called by Bun when the client is gone. */
  readonly cancel = (): void => this.#close();

  write(bytes: Uint8Array): boolean {
    if (this.#closed || this.#controller === undefined) return false;
    const written = this.#controller.write(bytes);
    this.#controller.flush();
    if (typeof written === 'number') return true;
    written.then(
      () => {
        if (!this.#closed) this.#stream.drained();
      },
      () => this.#close(),
    );
    return false;
  }

  end(): void {
    if (this.#closed) return;
    this.#controller?.close();
    this.#close();
  }

  abort(): void {
    if (this.#closed) return;
    this.#controller?.close(new Error('cut off'));
    this.#close();
  }

  /** The same, for who watches the connection. */
  readonly cut = (): void => this.abort();

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.unwatch();
    this.#finish();
    this.#stream.closed();
  }
}
