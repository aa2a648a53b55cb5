import { withoutCredentials } from './credentials.ts';
import { shownUrl } from './shown-url.ts';
import { maximumRedirects, type SendUpstream, UpstreamError, type UpstreamRequest } from './types.ts';

const redirectStatuses = new Set([301, 302, 303, 307, 308]);

/** Longer timers would run out at once. */
const longestTimeoutMs = 2 ** 31 - 1;

/**
 * Follows redirects within the time limit of the first request.
 *
 * @param once carries out a single exchange
 */
export function followingRedirects(once: SendUpstream): SendUpstream {
  return async (request) => {
    const untilMs = Date.now() + Math.min(request.timeoutMs, longestTimeoutMs);
    let current = request;
    for (let redirects = 0; ; redirects++) {
      const response = await once({ ...current, timeoutMs: Math.max(1, untilMs - Date.now()) });
      const location = response.header('location');
      if (location === undefined || !redirectStatuses.has(response.status)) return response;
      if (redirects >= maximumRedirects) {
        throw new UpstreamError('network', `maximum redirect reached at: ${shownUrl(request.url)}`, 'max-redirect');
      }
      current = redirected(current, location, response.status);
    }
  };
}

/** The request that follows a redirect. What proves who we are stays with the host it was meant for. */
function redirected(request: UpstreamRequest, location: string, status: number): UpstreamRequest {
  if (!URL.canParse(location, request.url)) {
    throw new UpstreamError('network', `${shownUrl(request.url)} redirects to an unusable address`, 'ERR_INVALID_URL');
  }
  const url = new URL(location, request.url);
  // Bun's client would read `file:` addresses, and so files of this machine
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    const reason = `${shownUrl(request.url)} redirects to ${url.protocol}, which is neither http: nor https:`;
    throw new UpstreamError('network', reason, 'ERR_INVALID_PROTOCOL');
  }
  const toGet = status === 303 || ((status === 301 || status === 302) && request.method === 'POST');
  const sameOrigin = url.origin === new URL(request.url).origin;
  const headers = sameOrigin ? request.headers : withoutCredentials(request.headers);
  return { ...request, url: url.href, headers, ...(toGet ? { method: 'GET', body: undefined, bytes: undefined } : {}) };
}
