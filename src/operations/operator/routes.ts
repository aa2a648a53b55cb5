import type { OperatorAccess, OperatorNeed } from '../../http/operator/access.ts';
import type { HttpHandler, HttpReply, HttpRequest } from '../../http/types.ts';

/** One tool: where it is, who may use it, and what it answers. */
export interface OperatorRoute {
  readonly method: 'GET' | 'POST';
  /** Below the mounting point, starting with a slash. One that ends in `/*` takes whatever follows. */
  readonly path: string;
  readonly need: OperatorNeed;
  /** @param rest what stands in place of `*`, undecoded; empty for exact paths */
  readonly answer: (request: HttpRequest, rest: string) => HttpReply | Promise<HttpReply>;
}

const guards = { 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff', 'Referrer-Policy': 'no-referrer' };

/** A JSON reply that nobody keeps. Objects are written with indentation: people read them in terminals. */
export function operatorJson(
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): HttpReply {
  const body = `${JSON.stringify(value, undefined, 2)}\n`;
  return { status, headers: { ...guards, 'Content-Type': 'application/json; charset=utf-8', ...headers }, body };
}

/** Text, a page for example, that nobody keeps. `type` is its whole content type. */
export function operatorText(
  status: number,
  type: string,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): HttpReply {
  return { status, headers: { ...guards, 'Content-Type': type, ...headers }, body };
}

/** A refusal or fault: a stable word for programs and a sentence for people. */
export function operatorError(
  status: number,
  error: string,
  message: string,
  more: Readonly<Record<string, unknown>> = {},
  headers: Readonly<Record<string, string>> = {},
): HttpReply {
  return operatorJson(status, { error, message, ...more }, headers);
}

/**
 * Answers everything below the mounting point: finds the tool, asks whether the request may use it, and lets it
 * answer. Nothing is answered for other origins, and nothing may be kept by caches.
 *
 * @param mount path of the mounting point, `/halyard` behind the base path
 */
export function createOperatorHandler(
  mount: string,
  routes: readonly OperatorRoute[],
  access: OperatorAccess,
  onError: (error: unknown) => void,
): HttpHandler {
  const fail = (error: unknown): HttpReply => {
    onError(error);
    return operatorError(500, 'fault', 'Something went wrong here. The log of the server says what.');
  };
  return (request) => {
    const path = request.path.slice(mount.length);
    const found = routes.filter((route) => rest(route, path) !== undefined);
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    const route = found.find((candidate) => candidate.method === method);
    if (route === undefined) {
      if (found.length === 0) return withoutBody(request, notFound(mount, routes));
      const allow = found.map((candidate) => candidate.method).join(', ');
      return operatorError(405, 'method_not_allowed', `Use ${allow}.`, {}, { Allow: allow });
    }
    const refusal = access(request, route.need);
    if (refusal !== null) {
      const { status, error, message, headers } = refusal;
      return withoutBody(request, operatorError(status, error, message, {}, headers));
    }
    try {
      const reply = route.answer(request, rest(route, path) ?? '');
      if (reply instanceof Promise) return reply.catch(fail).then((late) => withoutBody(request, late));
      return withoutBody(request, reply);
    } catch (error) {
      return fail(error);
    }
  };
}

function rest({ path }: OperatorRoute, asked: string): string | undefined {
  if (!path.endsWith('/*')) return asked === path ? '' : undefined;
  const head = path.slice(0, -1);
  return asked.startsWith(head) && asked.length > head.length ? asked.slice(head.length) : undefined;
}

function notFound(mount: string, routes: readonly OperatorRoute[]): HttpReply {
  const tools = routes.map(({ method, path }) => `${method} ${mount}${path}`);
  return operatorError(404, 'not_found', 'There is no such operator tool.', { tools });
}

function withoutBody(request: HttpRequest, reply: HttpReply): HttpReply {
  if (request.method !== 'HEAD' || reply.body === null) return reply;
  const length = String(Buffer.byteLength(reply.body));
  return { ...reply, headers: { ...reply.headers, 'Content-Length': length }, body: null };
}
