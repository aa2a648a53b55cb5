import { rmSync } from 'node:fs';
import { type HttpReply, RequestAbortedError } from '../types.ts';
import { openOnBun } from './bun-open.ts';
import { toBunResponse } from './bun-response.ts';
import { bunStreamResponse } from './bun-stream.ts';
import { Drain } from './drain.ts';
import { BunRequest, toResponse } from './fetch-request.ts';
import { Reprieves } from './reprieves.ts';
import { isSocketPath, listenInPlace } from './socket-path.ts';
import type { Listen } from './types.ts';

const busy: HttpReply = { status: 503, headers: {}, body: '' };
const fault: HttpReply = { status: 500, headers: {}, body: 'Internal Server Error' };

/** Listens with Bun's HTTP server. */
export const listenOnBun: Listen = async (handler, options) => {
  const fail = (error: unknown): Response => {
    if (!(error instanceof RequestAbortedError)) options.onError?.(error);
    return toResponse(fault);
  };
  const idleSeconds = idleLimit(options.keepAliveTimeoutMs);
  const drain = new Drain();
  const reprieves = new Reprieves<Request>(handlerSeconds, idleSeconds > tickSeconds ? inASecond : setImmediate);
  const send = (reply: HttpReply, request: Request, server: Bun.Server<undefined>): Response => {
    const response =
      reply.stream === undefined ? toBunResponse(reply) : bunStreamResponse(reply, reply.stream, request, server);
    if (drain.active) {
      drain.touched();
      response.headers.set('Connection', 'close');
    }
    return response;
  };
  const respond = (request: Request, server: Bun.Server<undefined>): Response | Promise<Response> => {
    try {
      const reply = handler(new BunRequest(request, server));
      if (!(reply instanceof Promise)) return send(reply, request, server);
      // Also where idle connections stay for ever: a body that does not come to its end is not an idle connection.
      if (idleSeconds >= handlerSeconds) {
        return reply.then((late) => send(late, request, server), fail);
      }
      reprieves.add(request, server);
      return reply.then(
        (late) => {
          reprieves.end(request, idleSeconds);
          return send(late, request, server);
        },
        (error) => {
          reprieves.end(request, idleSeconds);
          return fail(error);
        },
      );
    } catch (error) {
      return fail(error);
    }
  };
  // Not in development mode: Bun would print every stream that is cut off.
  const common = { fetch: respond, error: fail, idleTimeout: idleSeconds, development: false };
  const port = Number(options.port);
  const onPath = isSocketPath(options.port);
  // Several listeners on one port are what lets a certificate be replaced without a gap.
  const secure = options.tls === undefined ? {} : { tls: { ...options.tls } };
  const reusePort = options.tls !== undefined || options.shared === true;
  if (reusePort && options.shared !== true && !onPath && port !== 0) {
    // The system would share the port with any process that lets it, and half of the connections would go there.
    const alone = await openOnBun(options, (address) => Bun.serve({ fetch: () => toResponse(busy), ...address }));
    await alone.stop(true);
  }
  const start = () =>
    openOnBun(options, (address) =>
      Bun.serve(
        'unix' in address ? ({ ...common, ...address } as never) : { ...common, ...secure, reusePort, ...address },
      ),
    );
  let server = await listenInPlace(options.port, start);
  return {
    port: server.port,
    close: async (graceMs) => {
      const finished = server.stop(false);
      const force = setTimeout(() => server.stop(true), graceMs);
      await finished;
      clearTimeout(force);
      if (onPath) rmSync(String(options.port), { force: true });
    },
    drain: (limitMs) => drain.start(limitMs),
    replaceTls(tls) {
      const before = server;
      const { port: samePort, hostname } = before;
      server = Bun.serve({
        ...common,
        tls: { ...tls },
        reusePort: true,
        port: samePort ?? port,
        hostname: hostname ?? '::',
      });
      void before.stop(false);
    },
  };
};

/** Bun counts the time that a handler takes as idle: slow ones get this long, whatever idle connections get. */
const handlerSeconds = 60;
/** Bun looks for idle connections this often: one that may be idle for no longer can be found idle at once. */
const tickSeconds = 4;
const inASecond = (run: () => void) => setTimeout(run, 1_000).unref();
/** What Bun can take. */
const longestIdleSeconds = 255;

function idleLimit(keepAliveTimeoutMs: number | undefined): number {
  if (keepAliveTimeoutMs === undefined) return handlerSeconds;
  return Math.min(longestIdleSeconds, Math.ceil(keepAliveTimeoutMs / 1000));
}
