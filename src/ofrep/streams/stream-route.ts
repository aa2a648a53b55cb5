import type { HttpRequest } from '../../http/types.ts';
import { failure, passingFailure } from '../errors.ts';
import { queryText } from '../route.ts';
import type { Answered } from '../send.ts';
import type { StreamHub } from './hub.ts';
import type { StreamTokens } from './stream-token.ts';

const fullSeconds = 30;
const absentSeconds = 5;
const longestVersion = 200;

const headers = {
  'Content-Type': 'text/event-stream',
  'Cache-Control': 'no-store, no-transform',
  'X-Accel-Buffering': 'no',
};

/** Opens event streams (OFREP specification 7). The URL itself carries what allows it. */
export function createStreamRoute(options: {
  readonly hub: StreamHub;
  readonly tokens: StreamTokens;
  readonly clientAddress: (request: HttpRequest) => string | undefined;
}): (request: HttpRequest) => Answered {
  const { hub, tokens, clientAddress } = options;
  return (request) => {
    const grant = tokens.read(queryText(request.query, 't') ?? '');
    if (grant === undefined) return { failure: failure(401, 'GENERAL', 'this stream URL is not valid (any more)') };
    const version = request.header('last-event-id') || queryText(request.query, 'since');
    const opened = hub.open(grant, clientAddress(request) ?? '', version?.slice(0, longestVersion));
    switch (opened) {
      case 'unknown':
        return { failure: passingFailure(503, 'there are no flags behind this stream now', absentSeconds) };
      case 'full':
        return { failure: passingFailure(429, 'too many open streams', fullSeconds) };
      default:
        return { reply: { status: 200, headers, body: null, stream: opened } };
    }
  };
}
