/** A Flagsmith core API for tests, on a socket: serves documents, misbehaves on request, and keeps what it was sent. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * How document requests are answered. `slow` never ends; `truncated` breaks off in the middle; `down` resets; `paged`
 * gives each identity's overrides on a page of their own; `moved` redirects to `CoreApi.location`, by default to itself.
 */
export type Behaviour =
  | 'good'
  | 'down'
  | 'error'
  | 'garbage'
  | 'truncated'
  | 'slow'
  | 'array'
  | 'empty'
  | 'paged'
  | 'moved';

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

const api = '/api/v1';

export class CoreApi {
  /** Document by server key. */
  readonly documents = new Map<string, string>();
  /** Behaviour by server key; `good` for others. */
  readonly behaviours = new Map<string, Behaviour>();
  /** The list of environments for a proxy key; null: such a list is not known. */
  discovery: string | null = null;
  /** Where `moved` leads to; null: to the same document, once. */
  location: string | null = null;
  readonly requests: SeenRequest[] = [];
  /** Statuses of document requests, in order. */
  readonly documentStatuses: number[] = [];
  readonly #streams = new Map<string, Set<ServerResponse>>();
  readonly #server = createServer((request, response) => void this.#take(request, response));

  /** Starts one on a free port. */
  static async start(): Promise<CoreApi> {
    const core = new CoreApi();
    // Ends no connection that is about to be used again.
    core.#server.keepAliveTimeout = 0;
    await new Promise<void>((resolve) => {
      core.#server.listen(0, '127.0.0.1', resolve);
    });
    return core;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get url(): string {
    return `${this.origin}${api}`;
  }

  /** Makes every key behave alike. */
  behaveAll(behaviour: Behaviour): void {
    for (const key of this.documents.keys()) this.behaviours.set(key, behaviour);
  }

  /** Changes a document and moves its `updated_at`. */
  change(serverKey: string, edit: (document: Record<string, unknown>) => void): void {
    const document = JSON.parse(this.documents.get(serverKey) ?? '{}');
    edit(document);
    const before = Date.parse(document.updated_at);
    document.updated_at = new Date(before + 2000).toISOString();
    this.documents.set(serverKey, JSON.stringify(document));
  }

  /** Number of open realtime streams of a client key. */
  streams(clientKey: string): number {
    return this.#streams.get(clientKey)?.size ?? 0;
  }

  /** Tells all realtime streams of a client key about a change. */
  announce(clientKey: string, updatedAtSeconds: number): void {
    for (const stream of this.#streams.get(clientKey) ?? []) {
      stream.write(`event: environment_updated\ndata: {"updated_at": ${updatedAtSeconds}}\n\n`);
    }
  }

  /** Bodies that were posted to a path of the API. */
  posted(path: string): string[] {
    return this.requests
      .filter((request) => request.method === 'POST' && request.path === api + path)
      .map(({ body }) => body);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => {
      this.#server.close(resolve);
    });
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { pathname, searchParams } = new URL(request.url ?? '/', this.origin);
    const { method = 'GET', headers } = request;
    this.requests.push({ method, path: pathname, headers, body: Buffer.concat(chunks).toString() });
    const stream = /^\/sse\/environments\/([^/]+)\/stream$/.exec(pathname);
    if (stream !== null) {
      this.#openStream(decodeURIComponent(stream[1]!), response);
      return;
    }
    const legacy = /^\/api\/v1\/environments\/([^/]+)\/document\/$/.exec(pathname);
    if (legacy !== null) {
      const allowed = headers.authorization === 'Token admin';
      this.#document(allowed ? decodeURIComponent(legacy[1]!) : '', headers, response);
      return;
    }
    if (pathname === `${api}/environment-document/`) {
      this.#document(String(headers['x-environment-key']), headers, response, searchParams);
      return;
    }
    if (pathname === `${api}/proxy/config/` && this.discovery !== null) {
      response.writeHead(200, { 'content-type': 'application/json' }).end(this.discovery);
      return;
    }
    response.writeHead(method === 'POST' ? 200 : 404).end();
  }

  #document(
    key: string,
    headers: IncomingMessage['headers'],
    response: ServerResponse,
    query = new URLSearchParams(),
  ): void {
    const text = this.documents.get(key);
    const json = { 'content-type': 'application/json' };
    const reply = (status: number, body: string, more: Record<string, string> = {}) => {
      this.documentStatuses.push(status);
      response.writeHead(status, { ...json, ...more }).end(body);
    };
    switch (this.behaviours.get(key) ?? 'good') {
      case 'down':
        response.destroy();
        break;
      case 'slow':
        break;
      case 'error':
        reply(500, 'Server Error');
        break;
      case 'garbage':
        reply(200, '<!doctype html><title>Flagsmith</title>');
        break;
      case 'array':
        reply(200, '[]');
        break;
      case 'empty':
        reply(200, '{}');
        break;
      case 'truncated':
        response.writeHead(200, { ...json, 'content-length': Buffer.byteLength(text ?? '') });
        response.write((text ?? '').slice(0, 100), () => response.destroy());
        break;
      case 'moved':
        if (query.has('moved')) reply(200, text ?? '');
        else response.writeHead(307, { location: this.location ?? `${api}/environment-document/?moved=1` }).end();
        break;
      case 'paged': {
        const document = JSON.parse(text ?? '{}');
        const page = Number(query.get('page_id') ?? 0);
        const overrides = document.identity_overrides as unknown[];
        const next = `<${api}/environment-document/?page_id=${page + 1}>; rel="next"`;
        const body = JSON.stringify({ ...document, identity_overrides: overrides.slice(page, page + 1) });
        reply(200, body, page + 1 < overrides.length ? { link: next } : {});
        break;
      }
      case 'good': {
        if (text === undefined) {
          reply(403, '{"detail":"Invalid or missing Environment Key"}');
          break;
        }
        const updated = Math.floor(Date.parse(JSON.parse(text).updated_at) / 1000) * 1000;
        if (updated > Date.parse(headers['if-modified-since'] ?? '1970-01-01')) {
          reply(200, text, { 'last-modified': new Date(updated).toUTCString() });
          break;
        }
        this.documentStatuses.push(304);
        response.writeHead(304).end();
      }
    }
  }

  #openStream(clientKey: string, response: ServerResponse): void {
    const streams = this.#streams.get(clientKey) ?? new Set();
    this.#streams.set(clientKey, streams.add(response));
    response.on('close', () => streams.delete(response));
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.flushHeaders();
  }
}
