import type { Request } from 'express';
import { NodeRequest } from '../http/hosts/node-request.ts';
import { readJsonBody } from '../http/json-body.ts';

type MaybeParsed = Request & { _body?: unknown };

const encoder = new TextEncoder();

/**
 * A request inside an Express application: its path is what is left below the mount point, its address the one that
 * Express works out from `trust proxy`, and its body may have been parsed by the application already.
 */
export class ExpressRequest extends NodeRequest {
  readonly #request: MaybeParsed;
  /** The application has read the body; what is left of it is in `body`. */
  readonly #isParsed: boolean;
  #read: Uint8Array | undefined;

  constructor(request: Request) {
    super(request);
    this.#request = request;
    this.#isParsed = this.#request._body === true || request.readableDidRead;
  }

  override header(name: string): string | undefined {
    if (this.#isParsed) {
      // A parsed body is neither compressed nor in a charset any more.
      if (name === 'content-encoding') return undefined;
      if (name === 'content-type') return super.header(name)?.split(';', 1)[0];
    }
    return super.header(name);
  }

  override peerAddress(): string | undefined {
    return this.#request.ip ?? super.peerAddress();
  }

  override async readBody(limitBytes: number): Promise<Uint8Array> {
    this.#read ??= this.#isParsed ? this.#bytesOfParsed() : await super.readBody(limitBytes);
    return this.#read;
  }

  override arrivedBody(limitBytes: number): Uint8Array | undefined {
    if (this.#isParsed) return undefined;
    const arrived = super.arrivedBody(limitBytes);
    this.#read ??= arrived;
    return arrived;
  }

  /** Leaves a body that was read here where the application's later handlers look for it. */
  async handOver(limitBytes: number): Promise<void> {
    if (this.#read === undefined || this.#isParsed) return;
    const body = await readJsonBody(this, limitBytes);
    if (!body.ok) return;
    this.#request.body = body.value;
    this.#request._body = true;
  }

  #bytesOfParsed(): Uint8Array {
    const { body } = this.#request as { body?: unknown };
    if (body instanceof Uint8Array) return body;
    if (typeof body === 'string') return encoder.encode(body);
    return body === undefined || body === null ? new Uint8Array() : encoder.encode(JSON.stringify(body));
  }
}
