/** A server that tells which requests it saw, as JSON. */
import type { Listen, Listening } from '../../src/http/hosts/types.ts';
import { BodyTooLargeError, type HttpHandler, type HttpReply } from '../../src/http/types.ts';
import type { WireRequest } from '../../src/http/wire/wire-request.ts';
import { serveIfAsked } from '../support/http-hosts.ts';

/** A request as a server understood it. */
export interface SeenRequest {
  readonly method: string;
  readonly target: string;
  readonly version: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Each character stands for a byte. */
  readonly body: string;
}

export const mostBodyBytes = 1_000_000;

function tooLarge(error: unknown): HttpReply {
  if (error instanceof BodyTooLargeError) return { status: 413, headers: {}, body: '' };
  throw error;
}

export const tell: HttpHandler = (request) => {
  const { method, target } = request;
  const { fields, isHttp10 } = (request as WireRequest).head;
  const seen = (body: Uint8Array): HttpReply => {
    const all: SeenRequest = {
      method,
      target,
      version: isHttp10 ? '1.0' : '1.1',
      headers: Object.fromEntries(fields.values),
      body: Buffer.from(body).toString('latin1'),
    };
    return { status: 200, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(all) };
  };
  const arrived = request.arrivedBody?.(mostBodyBytes);
  return arrived === undefined ? request.readBody(mostBodyBytes).then(seen, tooLarge) : seen(arrived);
};

export const startTellingServer = (listen: Listen): Promise<Listening> => listen(tell, { port: 0, host: '127.0.0.1' });

await serveIfAsked(import.meta.url, startTellingServer);
