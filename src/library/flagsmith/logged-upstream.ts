import { shownUrl } from '../../http/upstream/shown-url.ts';
import type { SendUpstream } from '../../http/upstream/types.ts';
import type { FlagsmithLogger } from '../../operations/flagsmith-logger.ts';

/** Writes one line per answer of upstream, as the original's HTTP client does. Keys are in headers and not shown. */
export function logUpstream(send: SendUpstream, logger: FlagsmithLogger): SendUpstream {
  if (!logger.writes('INFO', 'httpx')) return send;
  return async (request) => {
    const response = await send(request);
    const { status, reason } = response;
    const answer = `HTTP/1.1 ${status} ${reason ?? ''}`.trimEnd();
    logger.log('INFO', 'httpx', `HTTP Request: ${request.method} ${shownUrl(request.url)} "${answer}"`);
    return response;
  };
}
