import type { HttpHandler } from '../types.ts';

/**
 * Puts operator tools in front of a handler: `{base}/halyard` and everything below it is theirs. All other requests
 * cost one comparison of their path.
 *
 * @param basePath without a slash at its end; empty for none
 */
export function mountOperator(handler: HttpHandler, operator: HttpHandler, basePath: string): HttpHandler {
  const root = `${basePath}/halyard`;
  const slash = root.length;
  return (request) => {
    const { path } = request;
    if (!path.startsWith(root) || (path.length > slash && path.charCodeAt(slash) !== 0x2f)) return handler(request);
    return operator(request);
  };
}
