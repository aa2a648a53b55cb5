/** An upstream of Edges that tells changes: as a stream and when asked. It counts its open streams. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface StreamUpstream {
  readonly origin: string;
  /** Who has a stream now, by instance id. */
  readonly streams: readonly string[];
  /** Streams opened so far. */
  readonly opened: number;
  /** Requests for changes so far, by instance id. */
  readonly asked: readonly string[];
  /** Adds a flag, and announces it to open streams. */
  add(name: string): void;
  close(): Promise<void>;
}

export async function startStreamUpstream(token: string): Promise<StreamUpstream> {
  const events: { readonly type: string; readonly eventId: number }[] = [
    { type: 'hydration', eventId: 1, features: [], segments: [] } as { type: string; eventId: number },
  ];
  const open = new Map<ServerResponse, string>();
  const asked: string[] = [];
  let opened = 0;
  const lastId = () => events.at(-1)?.eventId ?? 0;
  const send = (response: ServerResponse, name: string, list: readonly unknown[]) =>
    response.write(`event: ${name}\nid: ${lastId()}\ndata: ${JSON.stringify({ events: list })}\n\n`);
  const answer = (request: IncomingMessage, response: ServerResponse, body: string) => {
    const member = String(request.headers['unleash-instanceid']);
    const json = { 'content-type': 'application/json' };
    switch (request.url?.split('?')[0]) {
      case '/edge/validate':
      case '/api/client/validate': {
        const { tokens } = JSON.parse(body) as { tokens: string[] };
        const known = tokens.filter((one) => one === token);
        const valid = known.map((one) => ({ token: one, type: 'client', environment: 'development', projects: ['*'] }));
        response.writeHead(200, json).end(JSON.stringify({ tokens: valid }));
        return;
      }
      case '/api/client/streaming':
        opened++;
        open.set(response, member);
        response.on('close', () => open.delete(response));
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        send(response, 'unleash-connected', events);
        return;
      case '/api/client/delta': {
        asked.push(member);
        const since = Number(/\d+/.exec(request.headers['if-none-match'] ?? '')?.[0] ?? 0);
        const missed = events.filter(({ eventId }) => eventId > since);
        if (missed.length === 0) response.writeHead(304).end();
        else response.writeHead(200, { ...json, etag: `"${lastId()}"` }).end(JSON.stringify({ events: missed }));
        return;
      }
      default:
        response.writeHead(202).end();
    }
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => answer(request, response, Buffer.concat(chunks).toString('utf8')));
    response.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get streams() {
      return [...open.values()];
    },
    get opened() {
      return opened;
    },
    asked,
    add(name) {
      const feature = { name, enabled: true, project: 'default', strategies: [{ name: 'default' }], variants: [] };
      const event = { type: 'feature-updated', eventId: lastId() + 1, feature };
      events.push(event);
      for (const response of open.keys()) send(response, 'unleash-updated', [event]);
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
