import type { HttpRequest } from '../types.ts';
import type { RequestBody } from './request-body.ts';
import type { RequestHead } from './request-head.ts';

const nothing = new Uint8Array();

/** What a request has to ask its connection for. */
export interface Peer {
  /** Address of the other end; undefined on a socket path. */
  address(): string | undefined;
  /** The request as extensions know it from the HTTP server of this runtime. */
  native(request: WireRequest): unknown;
}

/** A request that came over a connection of our own, behind the shared interface. */
export class WireRequest implements HttpRequest {
  readonly method: string;
  readonly target: string;
  readonly head: RequestHead;
  readonly #peer: Peer;
  readonly #body: RequestBody | undefined;
  #path: string | undefined;
  #query: string | undefined;
  #native: unknown;

  constructor(head: RequestHead, body: RequestBody | undefined, peer: Peer) {
    this.method = head.method;
    this.target = head.target;
    this.head = head;
    this.#body = body;
    this.#peer = peer;
  }

  get path(): string {
    if (this.#path === undefined) this.#cut();
    return this.#path as string;
  }

  get query(): string {
    if (this.#query === undefined) this.#cut();
    return this.#query as string;
  }

  get native(): unknown {
    this.#native ??= this.#peer.native(this);
    return this.#native;
  }

  /** Connections with TLS are the runtime's own. */
  get isSecure(): boolean {
    return false;
  }

  header(name: string): string | undefined {
    return this.head.fields.values.get(name);
  }

  peerAddress(): string | undefined {
    return this.#peer.address();
  }

  readBody(limitBytes: number): Promise<Uint8Array> {
    return this.#body?.read(limitBytes) ?? Promise.resolve(nothing);
  }

  arrivedBody(limitBytes: number): Uint8Array | undefined {
    return this.#body?.arrived(limitBytes);
  }

  #cut(): void {
    const url = originForm(this.target);
    const mark = url.indexOf('?');
    this.#path = mark < 0 ? url : url.slice(0, mark);
    this.#query = mark < 0 ? '' : url.slice(mark + 1);
  }
}

/** `http://host/path?query`, which proxies may send, as the path and query that it names. */
function originForm(target: string): string {
  if (target.startsWith('/')) return target;
  const authority = target.indexOf('://');
  if (authority < 0) return '/';
  const rest = target.slice(authority + 3).replace(/^[^/?]*/, '');
  return rest.startsWith('/') ? rest : `/${rest}`;
}
