/**
 * A scripted Unleash server that several Edges share: each calls it under a path of its own, so that what each sends can
 * be told apart, and all get the same answers. It records every request.
 */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

export interface Recorded {
  /** The Edge that sent it: the first part of the path. */
  readonly from: string;
  readonly method: string;
  /** Path and query without the first part. */
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface TokenAnswer {
  readonly type: string | null;
  readonly environment?: string | null;
  readonly projects?: readonly string[];
}

/** What is sent instead of the ordinary answer. */
export interface Answer {
  readonly status: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface DeltaEvent {
  readonly type: string;
  readonly eventId: number;
}

export interface EdgeUpstream {
  readonly origin: string;
  readonly requests: Recorded[];
  /** What one Edge asked of a path so far. */
  of(from: string, path: string): Recorded[];
  /** Documents by environment: served to client tokens that are valid. Text is served as it is. */
  readonly documents: Map<string, unknown>;
  /** Delta events by environment: a hydration first. Adding some sends them to open streams. */
  setEvents(environment: string, events: readonly DeltaEvent[]): void;
  addEvents(environment: string, ...events: readonly DeltaEvent[]): void;
  /** Decides about a token; undefined means that it is not valid. */
  validate: (token: string) => TokenAnswer | undefined;
  /** Answers that replace the ordinary ones, by path; `drop` closes the connection. */
  readonly instead: Map<string, Answer | 'drop'>;
  /** Streams that are open, by environment. */
  openStreams(environment: string): number;
  closeStreams(): void;
  close(): Promise<void>;
}

/**
 * The secret says what a token is: `*:env.client-1`, `p1:env.frontend-x`, `[]:env.client-multi` (projects p1 and p2),
 * `*:env.admin`, `*:env.untyped`. Everything else is unknown.
 */
export function describeToken(token: string): TokenAnswer | undefined {
  const [, project = '', environment = '', secret = ''] = /^([^:]*):([^.]*)\.(.*)$/.exec(token) ?? [];
  const type = /^(client|frontend|admin|untyped|backend)/.exec(secret)?.[1];
  if (type === undefined) return undefined;
  const projects = project === '[]' ? ['p1', 'p2'] : [project];
  return { type: type === 'untyped' ? null : type, environment, projects };
}

export async function startEdgeUpstream(): Promise<EdgeUpstream> {
  const requests: Recorded[] = [];
  const documents = new Map<string, unknown>();
  const events = new Map<string, DeltaEvent[]>();
  const instead = new Map<string, Answer | 'drop'>();
  const streams = new Map<ServerResponse, string>();
  const sockets = new Set<Socket>();

  const environmentOf = (request: IncomingMessage): string | undefined => {
    const answer = upstream.validate(request.headers.authorization ?? '');
    return answer?.type === 'client' || answer?.type === 'backend' ? (answer.environment ?? undefined) : undefined;
  };

  const newest = (environment: string) => events.get(environment)?.at(-1)?.eventId ?? 0;
  const tell = (response: ServerResponse, name: string, list: readonly DeltaEvent[]) =>
    response.write(`event: ${name}\nid: ${list.at(-1)?.eventId}\ndata: ${JSON.stringify({ events: list })}\n\n`);
  /** Everything as one hydration: the first event with what came later applied. */
  const hydration = (environment: string): DeltaEvent => {
    const [first, ...later] = events.get(environment) as [DeltaEvent, ...DeltaEvent[]];
    const state = structuredClone(first) as DeltaEvent & { features: { name: string }[]; segments?: { id: number }[] };
    for (const event of later as (DeltaEvent & Record<string, unknown>)[]) {
      const { name } = (event.feature as { name: string } | undefined) ?? { name: event.featureName };
      const { id } = (event.segment as { id: number } | undefined) ?? { id: event.segmentId };
      if (event.type.startsWith('feature')) state.features = state.features.filter((flag) => flag.name !== name);
      else state.segments = (state.segments ?? []).filter((segment) => segment.id !== id);
      if (event.type === 'feature-updated') state.features.push(event.feature as { name: string });
      if (event.type === 'segment-updated') state.segments?.push(event.segment as { id: number });
    }
    return { ...state, eventId: newest(environment) };
  };

  const endpoints: Record<string, (request: IncomingMessage, response: ServerResponse, body: string) => void> = {
    '/edge/validate': (_request, response, body) => {
      const { tokens } = JSON.parse(body) as { tokens: string[] };
      const known = tokens.flatMap((token) => {
        const answer = upstream.validate(token);
        return answer === undefined ? [] : [{ token, projects: [], ...answer }];
      });
      sendJson(response, 200, { tokens: known });
    },
    '/api/client/features': (request, response) => {
      const environment = environmentOf(request);
      if (environment === undefined || !documents.has(environment)) return sendJson(response, 403, { message: 'no' });
      const document = documents.get(environment);
      const text = typeof document === 'string' ? document : JSON.stringify(document);
      const etag = `"${createHash('md5').update(text).digest('hex')}"`;
      if (request.headers['if-none-match'] === etag) response.writeHead(304, { etag }).end();
      else response.writeHead(200, { 'content-type': 'application/json', etag }).end(text);
    },
    '/api/client/delta': (request, response) => {
      const environment = environmentOf(request);
      const list = environment === undefined ? undefined : events.get(environment);
      if (environment === undefined || list === undefined) return sendJson(response, 403, { message: 'no' });
      const revision = Number(/(\d+)/.exec(request.headers['if-none-match'] ?? '')?.[1] ?? 0);
      const etag = `"${newest(environment)}"`;
      const news = list.filter(({ eventId }) => eventId > revision);
      if (news.length === 0) return void response.writeHead(304, { etag }).end();
      const isKnown = list.some(({ eventId }) => eventId === revision);
      sendJson(response, 200, { events: isKnown ? news : [hydration(environment)] }, { etag });
    },
    '/api/client/streaming': (request, response) => {
      const environment = environmentOf(request);
      if (environment === undefined || !events.has(environment)) return sendJson(response, 403, { message: 'no' });
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
      streams.set(response, environment);
      response.on('close', () => streams.delete(response));
      tell(response, 'unleash-connected', [hydration(environment)]);
    },
  };

  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const [, from = '', path = ''] = /^\/([^/]*)(\/.*)$/.exec(request.url ?? '') ?? [];
      const body = Buffer.concat(chunks).toString('utf8');
      requests.push({ from, method: request.method ?? '', path, headers: request.headers, body });
      const name = path.split('?')[0] ?? '';
      const other = instead.get(name);
      if (other === 'drop') request.socket.destroy();
      else if (other !== undefined) response.writeHead(other.status, other.headers).end(other.body);
      else if (name in endpoints) endpoints[name]?.(request, response, body);
      else response.writeHead(request.method === 'POST' ? 202 : 404).end();
    });
  });
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  const upstream: EdgeUpstream = {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    of: (from, path) => requests.filter((request) => request.from === from && request.path.split('?')[0] === path),
    documents,
    setEvents: (environment, list) => void events.set(environment, [...list]),
    addEvents(environment, ...list) {
      events.get(environment)?.push(...list);
      for (const [response, name] of streams) if (name === environment) tell(response, 'unleash-updated', list);
    },
    validate: describeToken,
    instead,
    openStreams: (environment) => [...streams.values()].filter((name) => name === environment).length,
    closeStreams() {
      for (const response of streams.keys()) response.end();
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
  return upstream;
}

function sendJson(
  response: ServerResponse,
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));
}
