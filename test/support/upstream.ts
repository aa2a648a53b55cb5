/**
 * A scripted Unleash server on the loopback interface: serves one definitions document with an ETag, accepts metrics
 * and registrations, records every request, and misbehaves on order.
 */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';

export type Endpoint = 'features' | 'register' | 'metrics' | 'other';

export interface UpstreamRequest {
  readonly endpoint: Endpoint;
  readonly method: string;
  /** Path and query as received. */
  readonly path: string;
  /** Names and values in the order and case received. */
  readonly headersInOrder: readonly (readonly [string, string])[];
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** Milliseconds since the upstream was started. */
  readonly atMs: number;
}

/** What to do with a request instead of the ordinary answer. */
export type Behaviour =
  | { readonly kind: 'normal' }
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers?: Record<string, string>;
      readonly body?: string | Uint8Array;
    }
  /** Accepts the request and never answers. */
  | { readonly kind: 'hang' }
  /** Closes the connection with a TCP reset. */
  | { readonly kind: 'reset' }
  /** Promises the whole document, sends half of it, closes. */
  | { readonly kind: 'truncate' }
  /** Sends the ordinary document in small pieces over about `totalMs`. */
  | { readonly kind: 'slow'; readonly totalMs: number };

export interface Upstream {
  readonly origin: string;
  readonly port: number;
  readonly requests: UpstreamRequest[];
  /** Requests received for an endpoint so far. */
  of(endpoint: Endpoint): UpstreamRequest[];
  /** Replaces the definitions document; text is served as it is. */
  setDefinitions(document: unknown, options?: { readonly etag?: boolean }): void;
  /** Behaviour for the next requests of an endpoint, in turn; the last one stays. */
  behave(endpoint: Endpoint, ...behaviours: Behaviour[]): void;
  close(): Promise<void>;
}

export interface UpstreamOptions {
  readonly definitions?: unknown;
  readonly tls?: { readonly key: string; readonly cert: string };
  readonly port?: number;
}

export const answer = (status: number, body = '', headers: Record<string, string> = {}): Behaviour => ({
  kind: 'answer',
  status,
  headers,
  body,
});
export const normal: Behaviour = { kind: 'normal' };

export async function startUpstream(options: UpstreamOptions = {}): Promise<Upstream> {
  const started = Date.now();
  const requests: UpstreamRequest[] = [];
  const plans = new Map<Endpoint, Behaviour[]>();
  const sockets = new Set<Socket>();
  let document = '';
  let etag: string | undefined;

  const setDefinitions: Upstream['setDefinitions'] = (value, { etag: withEtag = true } = {}) => {
    document = typeof value === 'string' ? value : JSON.stringify(value);
    etag = withEtag ? `"${createHash('md5').update(document).digest('hex')}"` : undefined;
  };
  setDefinitions(options.definitions ?? { version: 2, features: [] });

  const nextBehaviour = (endpoint: Endpoint): Behaviour => {
    const plan = plans.get(endpoint) ?? [];
    return (plan.length > 1 ? plan.shift() : plan[0]) ?? normal;
  };

  const reply = (endpoint: Endpoint, request: IncomingMessage, response: ServerResponse): void => {
    const validator = etag === undefined ? {} : { etag };
    if (endpoint === 'other') response.writeHead(404).end();
    else if (endpoint !== 'features') response.writeHead(202).end();
    else if (etag !== undefined && request.headers['if-none-match'] === etag) response.writeHead(304, validator).end();
    else response.writeHead(200, { 'content-type': 'application/json', ...validator }).end(document);
  };

  const perform = (endpoint: Endpoint, request: IncomingMessage, response: ServerResponse): void => {
    const behaviour = nextBehaviour(endpoint);
    if (behaviour.kind === 'normal') reply(endpoint, request, response);
    else if (behaviour.kind === 'answer') {
      response.writeHead(behaviour.status, behaviour.headers).end(behaviour.body);
    } else if (behaviour.kind === 'reset') request.socket.resetAndDestroy();
    else if (behaviour.kind === 'slow') dribble(response, document, behaviour.totalMs);
    else if (behaviour.kind === 'truncate') {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(document) });
      response.write(document.slice(0, Math.floor(document.length / 2)));
      setTimeout(() => request.socket.destroy(), 20);
    }
  };

  const listener: RequestListener = (request, response) => {
    const chunks: Buffer[] = [];
    response.on('error', () => undefined);
    request.on('error', () => undefined);
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const path = request.url ?? '';
      const endpoint = endpointOf(request.method ?? '', path);
      requests.push({
        endpoint,
        method: request.method ?? '',
        path,
        headersInOrder: pairs(request.rawHeaders),
        headers: request.headers,
        body: Buffer.concat(chunks).toString('utf8'),
        atMs: Date.now() - started,
      });
      perform(endpoint, request, response);
    });
  };

  const server = options.tls ? createTlsServer(options.tls, listener) : createServer(listener);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('tlsClientError', () => undefined);
  // Ends no connection that is about to be used again.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;

  return {
    origin: `${options.tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    port,
    requests,
    of: (endpoint) => requests.filter((request) => request.endpoint === endpoint),
    setDefinitions,
    behave: (endpoint, ...behaviours) => {
      plans.set(endpoint, behaviours);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function endpointOf(method: string, path: string): Endpoint {
  const name = path.split('?')[0] ?? '';
  if (method === 'GET' && name.endsWith('/client/features')) return 'features';
  if (method === 'POST' && name.endsWith('/client/register')) return 'register';
  if (method === 'POST' && name.endsWith('/client/metrics')) return 'metrics';
  return 'other';
}

function dribble(response: ServerResponse, document: string, totalMs: number): void {
  const pieces = 20;
  const size = Math.ceil(document.length / pieces);
  response.writeHead(200, { 'content-type': 'application/json' });
  let sent = 0;
  const timer = setInterval(() => {
    response.write(document.slice(sent, sent + size));
    sent += size;
    if (sent < document.length) return;
    clearInterval(timer);
    response.end();
  }, totalMs / pieces);
  response.on('close', () => clearInterval(timer));
}

function pairs(raw: readonly string[]): [string, string][] {
  return Array.from({ length: raw.length / 2 }, (_, i) => [raw[2 * i]!, raw[2 * i + 1]!]);
}
