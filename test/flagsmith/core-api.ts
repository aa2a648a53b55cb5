import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How the scripted core API answers for one key. */
export type Mode = 'good' | 'changed' | 'down' | 'garbage' | 'list' | 'paged' | 'moved';

/** A core API over a real socket, steered through its modes by server key. */
export interface CoreApi {
  readonly url: string;
  /** Modes by server key; a key without one is refused. */
  readonly modes: Map<string, Mode>;
  /** What was asked, as `METHOD path key if-modified-since`. */
  readonly asked: string[];
  /** Bodies posted to the analytics address. */
  readonly analytics: string[];
  close(): Promise<void>;
}

interface Scripted {
  readonly status: number;
  readonly value?: unknown;
  readonly headers?: Record<string, string>;
}

const changedTime = '2024-05-06T07:09:00.5+00:00';

/** Starts it with a document that every key gets; its `api_key` stays the same. */
export async function startCoreApi(document: string): Promise<CoreApi> {
  const modes = new Map<string, Mode>();
  const asked: string[] = [];
  const analytics: string[] = [];
  const good = JSON.parse(document);
  const server = createServer((request, response) => {
    const key = String(request.headers['x-environment-key'] ?? '');
    asked.push(`${request.method} ${request.url} ${key} ${request.headers['if-modified-since'] ?? ''}`.trim());
    readAll(request).then((body) => {
      if (request.method === 'POST') analytics.push(body);
      answer(request, response, modes.get(key));
    });
  });

  function answer(request: IncomingMessage, response: ServerResponse, mode: Mode | undefined): void {
    const { status, value, headers } = script(request, mode);
    response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
    response.end(value === undefined ? undefined : typeof value === 'string' ? value : JSON.stringify(value));
  }

  function script(request: IncomingMessage, mode: Mode | undefined): Scripted {
    const url = request.url ?? '';
    if (request.method === 'POST') return { status: 200 };
    if (mode === undefined) return { status: 403, value: { detail: 'Invalid or missing Environment Key' } };
    if (mode === 'down') return { status: 503 };
    if (mode === 'garbage') return { status: 200, value: '{"api_key":' };
    if (mode === 'list') return { status: 200, value: '[]' };
    if (mode === 'moved' && !url.includes('moved')) return { status: 307, headers: { Location: `${url}?moved=1` } };
    if (mode === 'paged' && url.includes('page_id')) {
      return { status: 200, value: { ...good, identity_overrides: good.identity_overrides.slice(1) } };
    }
    if (mode === 'paged') {
      const headers = { Link: '</api/v1/environment-document/?page_id=2>; rel="next"' };
      return { status: 200, value: { ...good, identity_overrides: good.identity_overrides.slice(0, 1) }, headers };
    }
    const updatedAt = mode === 'changed' ? changedTime : good.updated_at;
    const time = Math.floor(Date.parse(updatedAt) / 1000) * 1000;
    if (Date.parse(request.headers['if-modified-since'] ?? '') >= time) return { status: 304 };
    if (mode === 'changed') return { status: 200, value: { ...good, updated_at: updatedAt, name: 'Changed' } };
    return { status: 200, value: document };
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/api/v1`,
    modes,
    asked,
    analytics,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function readAll(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text;
}
