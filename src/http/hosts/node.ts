import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import { Server as NetServer } from 'node:net';
import { KeptReply } from '../kept-reply.ts';
import { LoanedReply } from '../loaned-reply.ts';
import { type HttpHandler, type HttpReply, RequestAbortedError } from '../types.ts';
import { usualMaxHeadBytes } from '../wire/connections.ts';
import { Drain } from './drain.ts';
import { closable } from './node-close.ts';
import { NodeRequest } from './node-request.ts';
import { sendNodeStream } from './node-stream.ts';
import { isSocketPath, listenInPlace, listenTarget } from './socket-path.ts';
import type { Listen, Listening } from './types.ts';

/** Node's own bound is an eighth. For Bun's HTTP server it is in `bin/bun.mjs`. */
const maxHeaderSize = usualMaxHeadBytes;

/** Listens with Node's HTTP server. */
export const listenOnNode: Listen = (handler, options) =>
  listenInPlace(options.port, () => listenOnce(handler, options));

const listenOnce: Listen = (handler, options) =>
  new Promise((resolve, reject) => {
    const drain = new Drain();
    const respond = (message: IncomingMessage, response: ServerResponse) => {
      if (drain.active) {
        drain.touched();
        response.shouldKeepAlive = false;
      }
      const { method } = message;
      // Most bodies come together with their heads: by the next tick they are there, and nothing has to wait for them.
      if (method === 'POST') process.nextTick(answer, handler, new NodeRequest(message), response, options.onError);
      else answer(handler, new NodeRequest(message), response, options.onError);
    };
    const { tls, headTimeoutMs } = options;
    // Node looks for late clients every half a minute only, unless it is told otherwise.
    const checks = headTimeoutMs === undefined ? {} : { connectionsCheckingInterval: Math.max(250, headTimeoutMs / 4) };
    const limits = { maxHeaderSize, ...checks };
    const server = tls === undefined ? createServer(limits, respond) : createTlsServer({ ...tls, ...limits }, respond);
    const close = closable(server);
    if (headTimeoutMs !== undefined) server.headersTimeout = headTimeoutMs;
    // Bodies that drip in for longer hold a connection for nothing; Bun has the same limit.
    server.requestTimeout = 60_000;
    server.keepAliveTimeout = options.keepAliveTimeoutMs ?? 5_000;
    const listening = (port: number | undefined): Listening => ({
      port,
      close,
      drain(limitMs) {
        // Not the method of the HTTP server: that one cuts off idle connections, whose next request may be under way.
        if (server.listening) NetServer.prototype.close.call(server);
        return drain.start(limitMs);
      },
      replaceTls: (next) => (server as TlsServer).setSecureContext({ ...next }),
    });
    if (options.connections !== undefined) {
      // Otherwise Node would not look for requests that take too long.
      server.emit('listening');
      options.connections((socket) => server.emit('connection', socket));
      resolve(listening(isSocketPath(options.port) ? undefined : Number(options.port)));
      return;
    }
    server.once('error', reject);
    server.listen(listenTarget(options.port, options.host), () => {
      server.off('error', reject);
      server.on('error', (error) => options.onError?.(error));
      const address = server.address();
      resolve(listening(typeof address === 'object' && address !== null ? address.port : undefined));
    });
  });

/** Runs a handler for one Node request and sends its reply. */
function answer(
  handler: HttpHandler,
  request: NodeRequest,
  response: ServerResponse,
  onError: ((error: unknown) => void) | undefined,
): void {
  const fail = (error: unknown) => {
    if (error instanceof RequestAbortedError) {
      response.destroy();
      return;
    }
    onError?.(error);
    if (!response.headersSent) send(response, { status: 500, headers: {}, body: 'Internal Server Error' });
  };
  try {
    const reply = handler(request);
    if (reply instanceof Promise) reply.then((late) => sendOwn(response, late)).catch(fail);
    else sendOwn(response, reply);
  } catch (error) {
    fail(error);
  }
}

/** Sends a reply on this host's own server, where nothing stands between the response and its socket. */
function sendOwn(response: ServerResponse, reply: HttpReply): void {
  if (!(reply instanceof LoanedReply)) {
    send(response, reply);
    return;
  }
  const { status, headers, body } = reply;
  const head: (string | number)[] = [];
  for (const name in headers) head.push(name, headers[name] as string);
  head.push('Content-Length', body.length);
  // Node sends these very bytes: they are in use until the system has taken all of them.
  response.writeHead(status, head as string[]).end(body, () => reply.release());
}

/** Sends a reply as it is. Used by the Node server and the Express middleware. */
export function send(response: ServerResponse, reply: HttpReply): void {
  const { body } = reply;
  const head = reply instanceof KeptReply ? reply.hostForm(toHead) : undefined;
  if (head !== undefined) {
    response.writeHead(reply.status, head as string[]).end(body ?? undefined);
    return;
  }
  if (body === null) {
    if (reply.stream !== undefined) {
      sendNodeStream(response, reply, reply.stream);
      return;
    }
    response.writeHead(reply.status, reply.headers).end();
    return;
  }
  const length = typeof body === 'string' ? Buffer.byteLength(body) : body.length;
  response.writeHead(reply.status, { ...reply.headers, 'Content-Length': length }).end(body);
}

/** Status line and headers of a reply without an end of its own, as the flat list that Node needs to do least with. */
function toHead({ headers, body }: HttpReply): (string | number)[] {
  const head = Object.entries(headers).flat();
  if (body === null) return head;
  return [...head, 'Content-Length', typeof body === 'string' ? Buffer.byteLength(body) : body.length];
}
