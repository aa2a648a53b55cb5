/**
 * An upstream of all kinds (Unleash, Flagsmith, Prometheus remote write, S3, a collector of OpenTelemetry) that repeats, in every error, what it was
 * sent: the worst that a careless gateway can do.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { flag } from '../edge/harness.ts';
import { e2eDocument } from '../flagsmith/api.ts';
import { secrets } from './secrets.ts';

/** What it does, in turn: recovered once in between, and refusing credentials at last, which some modes never forget. */
export const phases = ['error', 'garbage', 'redirect', 'reset', 'unknown status', 'good', 'refused'] as const;
export type Phase = (typeof phases)[number];

export interface TalkativeUpstream {
  readonly origin: string;
  readonly port: number;
  phase: Phase;
  /** Requests since the phase was set, those to the collector not counted. */
  readonly requestsOfPhase: number;
  /** What was sent to it as a collector of OpenTelemetry. */
  readonly exported: readonly string[];
  close(): Promise<void>;
}

export async function startTalkativeUpstream(): Promise<TalkativeUpstream> {
  let phase: Phase = 'good';
  let requestsOfPhase = 0;
  const exported: string[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    if (isExport(request)) exported.push(body);
    else requestsOfPhase++;
    if (phase === 'good') good(request, response, body);
    else bad(phase, request, response, body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    port,
    get phase() {
      return phase;
    },
    set phase(next) {
      phase = next;
      requestsOfPhase = 0;
    },
    get requestsOfPhase() {
      return requestsOfPhase;
    },
    exported,
    close: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

const isExport = ({ url = '' }: IncomingMessage): boolean => /^\/v1\/(?:traces|metrics)$/.test(url);

function good(request: IncomingMessage, response: ServerResponse, body: string): void {
  const { pathname } = new URL(request.url ?? '/', 'http://upstream');
  const json = (value: string) => response.writeHead(200, { 'content-type': 'application/json' }).end(value);
  if (pathname.endsWith('/client/features')) json(JSON.stringify({ version: 2, features: [flag('shared')] }));
  else if (pathname.endsWith('/edge/validate')) json(JSON.stringify({ tokens: validated(body) }));
  else if (pathname.includes('environment-document')) json(e2eDocument({ api_key: secrets.flagsmithClientKey }));
  else if (isExport(request)) json('{}');
  else if (request.method === 'POST') response.writeHead(202).end();
  else response.writeHead(404).end();
}

function validated(body: string): unknown[] {
  const { tokens = [] } = JSON.parse(body) as { tokens?: string[] };
  const known: readonly string[] = [secrets.upstreamToken, secrets.otherToken, secrets.frontendToken];
  return tokens
    .filter((token) => known.includes(token))
    .map((token) => ({
      token,
      type: token === secrets.frontendToken ? 'frontend' : 'client',
      projects: ['*'],
      environment: 'development',
    }));
}

function bad(phase: Phase, request: IncomingMessage, response: ServerResponse, body: string): void {
  const echo = `${request.method} ${request.url}\n${request.rawHeaders.join('\n')}\n${body}`;
  const type = { 'content-type': 'application/json' };
  if (phase === 'error') response.writeHead(500, type).end(JSON.stringify({ message: echo, name: echo }));
  else if (phase === 'garbage') response.writeHead(200, type).end(`{"features": ${echo}`);
  else if (phase === 'redirect') {
    const sent = encodeURIComponent(String(request.headers.authorization ?? secrets.upstreamToken));
    response.writeHead(302, { location: `http://user:${secrets.urlPassword}@127.0.0.1:1/?token=${sent}` }).end(echo);
  } else if (phase === 'reset') request.socket.resetAndDestroy();
  else if (phase === 'unknown status') response.writeHead(418, type).end(JSON.stringify({ message: echo }));
  else response.writeHead(401, type).end(JSON.stringify({ message: `Invalid token: ${echo}` }));
}

/** A Redis that answers every command with an error that repeats the command, password included. */
export async function startTalkativeRedis(): Promise<{ readonly port: number; close(): Promise<void> }> {
  const server = createTcpServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      const words = bytes.toString().replaceAll(/\r\n/g, ' ');
      socket.write(`-ERR cannot do ${words}\r\n`);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: () => new Promise((resolve) => void server.close(() => resolve())),
  };
}
