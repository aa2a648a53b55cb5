import type { Cors, CorsDecision } from '../../http/cors.ts';
import { notFoundPage } from '../../http/pages.ts';
import type { HttpHandler, HttpReply, HttpRequest } from '../../http/types.ts';
import type { MaybeReply, ProxyApi } from './api.ts';

/** Answers documentation requests; undefined for all other paths. */
export type DocsHandler = (request: HttpRequest) => HttpReply | undefined | Promise<HttpReply | undefined>;

/**
 * The whole dialect as one handler: documentation first, outside all cross-origin rules; then those rules, which end
 * every `OPTIONS` request; then the API; then the page for unknown paths.
 *
 * Source: Unleash Proxy specification 1.1.
 */
export function createProxyHandler(api: ProxyApi, cors: Cors, docs: DocsHandler | undefined): HttpHandler {
  const afterDocs = (request: HttpRequest): HttpReply | Promise<HttpReply> => {
    const decision = cors(request);
    return decision instanceof Promise
      ? decision.then((late) => afterCors(request, late))
      : afterCors(request, decision);
  };
  const afterCors = (request: HttpRequest, { headers, preflight }: CorsDecision): HttpReply | Promise<HttpReply> => {
    if (preflight !== undefined) return preflight;
    const found: MaybeReply = api.respond(request, headers);
    if (found instanceof Promise) return found.then((reply) => reply ?? notFound(request, headers));
    return found ?? notFound(request, headers);
  };
  if (docs === undefined) return afterDocs;
  return (request) => {
    const found = docs(request);
    if (found instanceof Promise) return found.then((reply) => reply ?? afterDocs(request));
    return found ?? afterDocs(request);
  };
}

function notFound(request: HttpRequest, headers: Readonly<Record<string, string>>): HttpReply {
  return notFoundPage(request.method, request.path, headers, request.method !== 'HEAD');
}
