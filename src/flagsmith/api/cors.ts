import type { HttpReply, HttpRequest } from '../../http/types.ts';

/** Cross-origin rules of the API. */
export interface CorsRules {
  /** Headers to add to a reply; null when the request has no `Origin`. */
  headers(request: HttpRequest): Readonly<Record<string, string>> | null;
  /** The whole answer to a preflight on any path; null when the request is none. */
  preflight(request: HttpRequest): HttpReply | null;
}

const methods = ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT'];
const credentials = { 'Access-Control-Allow-Credentials': 'true' };

/**
 * Builds the rules once: credentials, every method and every header are allowed to the origins listed, `*` for all
 * (spec section 2.3).
 *
 * @param exposed names of reply headers that scripts may read
 */
export function createCorsRules(allowOrigins: readonly string[], exposed: readonly string[]): CorsRules {
  const everyone = allowOrigins.includes('*');
  const listed = new Set(allowOrigins);
  const common: Record<string, string> =
    exposed.length === 0 ? credentials : { ...credentials, 'Access-Control-Expose-Headers': exposed.join(', ') };
  const anyOrigin = { ...common, 'Access-Control-Allow-Origin': '*' };

  return {
    headers(request) {
      const origin = request.header('origin');
      if (origin === undefined) return null;
      if (everyone && request.header('cookie') === undefined) return anyOrigin;
      // cookies forbid the wildcard
      if (everyone || listed.has(origin)) return { ...common, 'Access-Control-Allow-Origin': origin, Vary: 'Origin' };
      return common;
    },

    preflight(request) {
      if (request.method !== 'OPTIONS') return null;
      const origin = request.header('origin');
      const method = request.header('access-control-request-method');
      if (origin === undefined || method === undefined) return null;
      const headers: Record<string, string> = {
        Vary: 'Origin',
        'Access-Control-Allow-Methods': methods.join(', '),
        'Access-Control-Max-Age': '600',
        ...credentials,
        'Content-Type': 'text/plain; charset=utf-8',
      };
      const refused: string[] = [];
      if (everyone || listed.has(origin)) headers['Access-Control-Allow-Origin'] = origin;
      else refused.push('origin');
      if (!methods.includes(method)) refused.push('method');
      const asked = request.header('access-control-request-headers');
      if (asked !== undefined) headers['Access-Control-Allow-Headers'] = asked;
      if (refused.length > 0) return { status: 400, headers, body: `Disallowed CORS ${refused.join(', ')}` };
      return { status: 200, headers, body: 'OK' };
    },
  };
}
