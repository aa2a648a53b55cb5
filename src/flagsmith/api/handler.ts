import type { HttpHandler, HttpReply, HttpRequest } from '../../http/types.ts';
import { createAnalyticsRoute } from './analytics-route.ts';
import { NeedsBody, replyWithBody } from './body.ts';
import { createCorsRules } from './cors.ts';
import { createDocumentRoute } from './document-route.ts';
import { createDocumentationRoutes } from './documentation.ts';
import { createEvaluationsRoute } from './evaluations-route.ts';
import { createFlagsRoute } from './flags-route.ts';
import type { Readiness } from './health.ts';
import { createIdentitiesRoute } from './identities-route.ts';
import type { FlagsmithApiOptions } from './options.ts';
import { type Answer, detailAnswer, finish, jsonAnswer } from './replies.ts';
import { updatedAtHeaderName } from './updated-at-header.ts';

type Route = (request: HttpRequest) => Answer | NeedsBody | Promise<Answer>;

interface Resource {
  /** The path as figures name it. */
  readonly endpoint: string;
  readonly get: Route | undefined;
  readonly post: Route | undefined;
}

type Routes = Partial<Pick<Resource, 'get' | 'post'>>;

const unknownEndpoint = '/{unknown}';
const figuresType = 'text/plain; version=0.0.4; charset=utf-8';

/**
 * The Flagsmith API: flags, identities, environment document, analytics, health and documentation pages (spec section
 * 2). Every path is served with and without its trailing slash. Everything but requests with a body is answered at
 * once, without a promise.
 */
export function createFlagsmithApi(options: FlagsmithApiOptions): HttpHandler {
  const cors = createCorsRules(options.allowOrigins, options.sendUpdatedAt ? [updatedAtHeaderName] : []);
  const resources = createResources(options);
  const { onRequest, bodyLimitBytes } = options;

  function reply(request: HttpRequest, answer: Answer, endpoint: string): HttpReply {
    onRequest(endpoint, answer.status);
    return finish(request, answer, cors);
  }

  return (request) => {
    const preflight = cors.preflight(request);
    if (preflight !== null) return preflight;
    const resource = resources.get(request.path);
    if (resource === undefined) return reply(request, detailAnswer(404, 'Not Found'), unknownEndpoint);
    const { endpoint } = resource;
    const route = request.method === 'GET' ? resource.get : request.method === 'POST' ? resource.post : undefined;
    if (route === undefined) return reply(request, methodNotAllowed(resource), endpoint);
    const answer = route(request);
    if (answer instanceof NeedsBody) {
      return replyWithBody(request, bodyLimitBytes, answer, (late) => reply(request, late, endpoint));
    }
    if (answer instanceof Promise) return answer.then((late) => reply(request, late, endpoint));
    return reply(request, answer, endpoint);
  };
}

/** Paths that the API answers, for a host that serves several APIs on one port. */
export function flagsmithPaths(options: FlagsmithApiOptions): ReadonlySet<string> {
  return new Set(createResources(options).keys());
}

function methodNotAllowed({ post }: Resource): Answer {
  // one method only, even where there are two: that is what clients of the original have seen
  return detailAnswer(405, 'Method Not Allowed', { Allow: post === undefined ? 'GET' : 'POST' });
}

function createResources(options: FlagsmithApiOptions): ReadonlyMap<string, Resource> {
  const judged = ({ status, body }: Readiness): Answer => jsonAnswer(status, body);
  const ready = (): Answer | Promise<Answer> => {
    const readiness = options.readiness();
    return readiness instanceof Promise ? readiness.then(judged) : judged(readiness);
  };
  const alive = (): Answer => ({ status: 200, contentType: null, body: null });
  const { figures } = options;
  const routes = new Map<string, Routes>([
    ['/api/v1/flags', { get: createFlagsRoute(options) }],
    ['/api/v1/identities', createIdentitiesRoute(options)],
    ['/api/v1/environment-document', { get: createDocumentRoute(options) }],
    ['/api/v1/analytics/flags', { post: createAnalyticsRoute(options) }],
    ['/api/v2/analytics/flags', { post: createEvaluationsRoute(options) }],
    ['/proxy/health/readiness', { get: ready }],
    ['/proxy/health/liveness', { get: alive }],
    ['/proxy/health', { get: ready }],
    ['/health', { get: ready }],
  ]);
  if (figures !== null) {
    routes.set('/proxy/metrics', { get: () => ({ status: 200, contentType: figuresType, body: figures() }) });
  }
  for (const [path, route] of createDocumentationRoutes()) routes.set(path, { get: route });
  const resources = new Map<string, Resource>();
  for (const [endpoint, { get, post }] of routes) {
    for (const path of [endpoint, `${endpoint}/`]) resources.set(path, { endpoint, get, post });
  }
  return resources;
}
