import type { ErrorRequestHandler, RequestHandler, Response } from 'express';
import type { Cors, CorsDecision } from '../http/cors.ts';
import { entityReply } from '../http/entity-reply.ts';
import { send } from '../http/hosts/node.ts';
import { type HttpHandler, type HttpReply, RequestAbortedError } from '../http/types.ts';
import type { Ofrep } from '../ofrep/handler.ts';
import type { ProxyApi } from '../unleash/proxy/api.ts';
import type { DocsHandler } from '../unleash/proxy/handler.ts';
import { failed, unparsable } from '../unleash/proxy/replies.ts';
import { ExpressRequest } from './express-request.ts';

/** What the middleware answers with. */
export interface MiddlewareParts {
  readonly api: ProxyApi;
  /** Rules for other origins; undefined leaves them to the application. */
  readonly cors: Cors | undefined;
  readonly bodyLimitBytes: number;
}

const noCors: CorsDecision = { headers: {}, preflight: undefined };

/**
 * The API as Express middleware: cross-origin rules for every request, which end `OPTIONS` requests; then the API's own
 * paths; everything else goes on to the application, with the cross-origin headers set.
 *
 * Source: Unleash Proxy specification 1.1 and 8.6.
 */
export function createMiddleware({ api, cors, bodyLimitBytes }: MiddlewareParts): RequestHandler {
  return (incoming, response, next) => {
    const request = new ExpressRequest(incoming);
    const fail = (error: unknown) => {
      if (error instanceof RequestAbortedError) response.destroy();
      else next(error ?? new Error('an extension failed without saying why'));
    };
    const pass = ({ headers }: CorsDecision) => {
      for (const [name, value] of Object.entries(headers)) response.setHeader(name, merged(response, name, value));
      next();
    };
    const afterCors = (decision: CorsDecision): void | Promise<void> => {
      if (decision.preflight !== undefined) return sendReply(response, decision.preflight);
      const reply = api.respond(request, decision.headers);
      if (reply === undefined) return pass(decision);
      if (!(reply instanceof Promise)) return sendReply(response, reply);
      return reply.then(async (late) => {
        if (late !== undefined) return sendReply(response, late);
        await request.handOver(bodyLimitBytes);
        pass(decision);
      });
    };
    try {
      const decision = cors === undefined ? noCors : cors(request);
      const done = decision instanceof Promise ? decision.then(afterCors) : afterCors(decision);
      if (done instanceof Promise) done.catch(fail);
    } catch (error) {
      fail(error);
    }
  };
}

/** The operator tools, at `{base}/halyard/`. */
export function createOperatorMiddleware(tools: HttpHandler, basePath: string): RequestHandler {
  const root = `${basePath}/halyard`;
  return (incoming, response, next) => {
    const request = new ExpressRequest(incoming);
    if (request.path !== root && !request.path.startsWith(`${root}/`)) return next();
    Promise.resolve(tools(request)).then((reply) => sendReply(response, reply), next);
  };
}

/** OFREP, ahead of the API. */
export function createOfrepMiddleware(ofrep: Ofrep): RequestHandler {
  return (incoming, response, next) => {
    const request = new ExpressRequest(incoming);
    if (!request.path.startsWith(ofrep.prefix)) return next();
    Promise.resolve(ofrep.respond(request)).then(
      (reply) => sendReply(response, reply),
      (error) => (error instanceof RequestAbortedError ? response.destroy() : next(error)),
    );
  };
}

/** The documentation routes, ahead of everything else. */
export function createDocsMiddleware(docs: DocsHandler): RequestHandler {
  return (incoming, response, next) => {
    const reply = docs(new ExpressRequest(incoming));
    if (reply === undefined) next();
    else Promise.resolve(reply).then((late) => (late ? sendReply(response, late) : next()), next);
  };
}

/**
 * Turns errors of middleware that ran before, a body parser's for example, into the API's JSON form. Errors that carry a
 * status for the client keep it; all others are a 500.
 *
 * Source: Unleash Proxy specification 4 and 8.6; 9.2, 11.
 */
export function createErrorMiddleware(onError: (error: unknown) => void): ErrorRequestHandler {
  return (error: unknown, incoming, response, next) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    const { status, expose, type, message } = (error ?? {}) as Record<string, unknown>;
    const text = typeof message === 'string' ? message : 'something that is no error was thrown';
    const isClients = expose === true && typeof status === 'number' && status >= 400 && status < 500;
    if (!isClients) onError(error);
    const answer = type === 'entity.parse.failed' ? unparsable(text) : failed(isClients ? status : 500, text);
    sendReply(response, entityReply(new ExpressRequest(incoming), answer.status, {}, answer.entity));
  };
}

/** Sends a reply and keeps the `Vary` that the application has set already. */
function sendReply(response: Response, reply: HttpReply): void {
  if (response.headersSent || response.destroyed) return;
  const { Vary } = reply.headers;
  send(
    response,
    Vary === undefined ? reply : { ...reply, headers: { ...reply.headers, Vary: merged(response, 'Vary', Vary) } },
  );
}

function merged(response: Response, name: string, value: string): string {
  if (name !== 'Vary') return value;
  const set = response.getHeader('Vary');
  const items = (set === undefined ? [] : String(set).split(',')).concat(value.split(',')).map((item) => item.trim());
  const known = new Set<string>();
  return items.filter((item) => !known.has(item.toLowerCase()) && known.add(item.toLowerCase())).join(', ');
}
