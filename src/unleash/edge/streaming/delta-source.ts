import { isRecord } from '../../definitions/is-record.ts';
import type { EdgeToken, EdgeUpstreamAccess, TokenSource, TokenSourceSink } from '../types.ts';
import { FeaturesPoller, type FeaturesPollerOptions } from '../upstream/features-poller.ts';
import { highestId } from './events.ts';

/**
 * Keeps a token's definitions up to date through the delta API: asks for what happened since the last event it knows.
 * Gaps, failures and refusals are those of polling. Where events cannot be applied, everything is asked for anew; an
 * upstream that answers with a whole document instead is understood too.
 *
 * Source: Unleash Edge specification 19.5.
 */
export function createDeltaSource(
  token: EdgeToken,
  sink: TokenSourceSink,
  options: FeaturesPollerOptions,
): TokenSource {
  let lastId: number | undefined;
  const { access } = options;
  const deltaAccess: EdgeUpstreamAccess = {
    ...access,
    urls: { ...access.urls, features: access.urls.delta },
    headers: (text, intervalMs) => access.headers(text, intervalMs),
    refreshToken: (environment) => access.refreshToken(environment),
    startupToken: () => access.startupToken(),
    send: (request) => {
      // By the number of the event, whatever proxies made of the tag.
      const { 'If-None-Match': _, ...headers } = request.headers;
      return access.send({
        ...request,
        headers: lastId === undefined ? headers : { ...headers, 'If-None-Match': `"${lastId}"` },
      });
    },
  };
  const deltaSink: TokenSourceSink = {
    events: (delta) => sink.events(delta),
    refused: (status) => sink.refused(status),
    checked: (report) => sink.checked(report),
    async document(answer) {
      if (!isRecord(answer) || !Array.isArray(answer.events)) return sink.document(answer);
      try {
        await sink.events(answer);
      } catch (error) {
        lastId = undefined;
        throw error;
      }
      lastId = highestId(answer.events) ?? lastId;
    },
  };
  return new FeaturesPoller(token, deltaSink, { ...options, access: deltaAccess });
}
