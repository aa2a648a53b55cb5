import type { Cors, CorsDecision } from '../../../http/cors.ts';
import type { HttpReply, HttpRequest } from '../../../http/types.ts';

/** Who may call from a browser. An absent list allows everything. */
export interface EdgeCorsOptions {
  /** With a list, credentials are allowed too. `*` in it means everybody. */
  readonly origins?: readonly string[] | undefined;
  readonly methods?: readonly string[] | undefined;
  readonly allowedHeaders?: readonly string[] | undefined;
  readonly exposedHeaders?: readonly string[] | undefined;
  readonly maxAgeSeconds: number;
}

type Headers = Readonly<Record<string, string>>;

const allMethods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'CONNECT', 'TRACE'];
const vary = 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers';

/**
 * Edge's cross-origin rules. A preflight is an OPTIONS request that names a method; any other OPTIONS goes on to the
 * routes. A preflight that is not allowed is answered with 400 and the reason. Replies to requests without an `Origin`
 * do not name one.
 *
 * Source: Unleash Edge specification 4.4, and the behaviour of 19.15.1.
 */
export function createEdgeCors(options: EdgeCorsOptions): Cors {
  const isOpen = options.origins === undefined || options.origins.includes('*');
  const origins = new Set(options.origins);
  const methods = options.methods ?? allMethods;
  const allowedHeaders = options.allowedHeaders && new Set(options.allowedHeaders.map((name) => name.toLowerCase()));

  const common: Record<string, string> = { Vary: vary };
  if (!isOpen) common['Access-Control-Allow-Credentials'] = 'true';
  const reply: Record<string, string> = { ...common };
  if (options.exposedHeaders !== undefined) {
    reply['Access-Control-Expose-Headers'] = options.exposedHeaders.join(', ');
  }
  // Kept, because most requests are alike: nothing is made for them.
  const withoutOrigin: CorsDecision = { headers: reply, preflight: undefined };
  const withOrigin = new Map(
    (isOpen ? ['*'] : [...origins]).map((origin): [string, CorsDecision] => [
      origin,
      { headers: { ...reply, 'Access-Control-Allow-Origin': origin }, preflight: undefined },
    ]),
  );

  const preflight = (request: HttpRequest, method: string): HttpReply => {
    const origin = request.header('origin');
    if (!isOpen && origin === undefined) return refused('Request header `Origin` is required but was not provided');
    if (!isOpen && !origins.has(origin ?? '')) return refused('Origin is not allowed to make this request');
    if (!methods.includes(method)) return refused('Requested method is not allowed');
    const asked = request.header('access-control-request-headers');
    if (allowedHeaders !== undefined && asked !== undefined) {
      const names = asked.split(',').map((name) => name.trim().toLowerCase());
      if (!names.every(isToken)) return refused('Request header `Access-Control-Request-Headers` has an invalid value');
      if (!names.every((name) => allowedHeaders.has(name))) {
        return refused('One or more request headers are not allowed');
      }
    }
    const headers: Record<string, string> = {
      ...common,
      'Access-Control-Allow-Origin': isOpen ? '*' : (origin ?? ''),
      'Access-Control-Allow-Methods': methods.join(', '),
      'Access-Control-Max-Age': String(options.maxAgeSeconds),
      'Content-Length': '0',
    };
    const allowed = options.allowedHeaders?.join(', ') ?? asked;
    if (allowed !== undefined) headers['Access-Control-Allow-Headers'] = allowed;
    return { status: 200, headers, body: null };
  };

  return (request) => {
    if (request.method === 'OPTIONS') {
      const method = request.header('access-control-request-method');
      if (method !== undefined && isToken(method)) return { headers: {}, preflight: preflight(request, method) };
    }
    const origin = request.header('origin');
    if (origin === undefined) return withoutOrigin;
    return withOrigin.get(isOpen ? '*' : origin) ?? withoutOrigin;
  };
}

/** A name of a header or a method, as HTTP spells them. */
function isToken(text: string): boolean {
  return /^[!#$%&'*+.^_`|~\w-]+$/.test(text);
}

function refused(reason: string): HttpReply {
  const headers: Headers = { 'Content-Type': 'text/plain; charset=utf-8', 'Content-Length': String(reason.length) };
  return { status: 400, headers, body: reason };
}
