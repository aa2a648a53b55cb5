import { BodyTooLargeError, type HttpReply, type HttpRequest, RequestAbortedError } from '../types.ts';

/** A fetch-style request (Bun, workers, Deno) behind the shared interface. */
export class FetchRequest implements HttpRequest {
  readonly native: Request;
  readonly method: string;
  readonly target: string;
  #headers: Headers | undefined;
  #path: string | undefined;
  #query: string | undefined;

  constructor(request: Request) {
    this.native = request;
    this.method = request.method;
    this.target = request.url;
  }

  // Cut by hand, because a URL object per request costs more than answering it; and not before it is asked for.
  get path(): string {
    if (this.#path === undefined) {
      const { target } = this;
      const start = pathStart(target);
      const mark = target.indexOf('?', start);
      this.#path = start < 0 ? '/' : mark < 0 ? target.slice(start) : target.slice(start, mark);
    }
    return this.#path;
  }

  get query(): string {
    if (this.#query === undefined) {
      const { target } = this;
      const mark = target.indexOf('?', pathStart(target));
      this.#query = mark < 0 ? '' : target.slice(mark + 1);
    }
    return this.#query;
  }

  header(name: string): string | undefined {
    this.#headers ??= this.native.headers;
    const value = this.#headers.get(name);
    if (value === null) return undefined;
    // Repeated fields arrive joined; of credentials the first one counts, as it does on Node.
    if (name === 'authorization' && value.includes(', ')) return value.slice(0, value.indexOf(', '));
    return value;
  }

  /** Nothing in a fetch-style request tells it. */
  peerAddress(): string | undefined {
    return undefined;
  }

  async readBody(limitBytes: number): Promise<Uint8Array> {
    if (Number(this.header('content-length') ?? 0) > limitBytes) throw new BodyTooLargeError();
    const { body } = this.native;
    if (body === null) return new Uint8Array();
    const chunks: Uint8Array[] = [];
    let length = 0;
    const reader = body.getReader();
    for (;;) {
      const { done, value } = await reader.read().catch(aborted);
      if (done) break;
      length += value.length;
      if (length > limitBytes) {
        await reader.cancel();
        throw new BodyTooLargeError();
      }
      chunks.push(value);
    }
    return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
  }
}

/** A request on Bun's own server, which holds clients to the length that they announce. */
export class BunRequest extends FetchRequest {
  readonly #server: Bun.Server<undefined>;

  constructor(request: Request, server: Bun.Server<undefined>) {
    super(request);
    this.#server = server;
  }

  override peerAddress(): string | undefined {
    return this.#server.requestIP(this.native)?.address;
  }

  override readBody(limitBytes: number): Promise<Uint8Array> {
    const announced = this.header('content-length');
    const isBounded = announced !== undefined && Number(announced) <= limitBytes;
    if (!isBounded) return super.readBody(limitBytes);
    // In one go, and without a look at `body`, which would make a stream: 3 µs where a stream takes 9, of which making
    // it takes 1. A POST whose body nobody reads takes 7 altogether. An `ArrayBuffer` and a `Buffer` over it take 1 more.
    return (this.native as Request & { bytes(): Promise<Uint8Array> }).bytes().catch(aborted);
  }
}

/** Bun gives the bare path where there is no usable Host, as in HTTP/1.0. */
function pathStart(target: string): number {
  return target.startsWith('/') ? 0 : target.indexOf('/', target.indexOf('://') + 3);
}

/** A body that ends before its end means that the client has gone. */
function aborted(): never {
  throw new RequestAbortedError();
}

/** Turns a reply with a whole body into a fetch-style response. The cast: bytes are a body too, which the Node types do not say. */
export function toResponse({ status, headers, body }: HttpReply): Response {
  return new Response(body as string | null, { status, headers });
}
