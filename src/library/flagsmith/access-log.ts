import type { HttpHandler, HttpReply, HttpRequest } from '../../http/types.ts';
import { withoutSecretParameters } from '../../http/upstream/shown-url.ts';
import type { FlagsmithLogger } from '../../operations/flagsmith-logger.ts';

/** Whose `X-Forwarded-For` is believed: addresses, or everybody. */
export type TrustedPeers = ReadonlySet<string> | 'all';

/** Reads `FORWARDED_ALLOW_IPS`: addresses separated by commas, or `*`. */
export function readTrustedPeers(setting: string | undefined): TrustedPeers {
  const addresses = (setting?.trim() || '127.0.0.1').split(',').map((address) => address.trim());
  return addresses.includes('*') ? 'all' : new Set(addresses);
}

/**
 * Writes one line per request (`logging.enable_access_log`), as the original does. Ports of clients are not known here
 * and shown as 0; values that the query has under the name of a secret are hidden.
 *
 * @param trusted null where forwarded addresses do not count
 *
 * Source: Flagsmith specification 4.6.
 */
export function withAccessLog(
  handler: HttpHandler,
  logger: FlagsmithLogger,
  trusted: TrustedPeers | null,
): HttpHandler {
  const note = (request: HttpRequest, reply: HttpReply): HttpReply => {
    const { method, path, query } = request;
    const target = query === '' ? path : withoutSecretParameters(`${path}?${query}`);
    const remote = `${clientAddress(request, trusted)}:0`;
    const { status } = reply;
    const details = { remote_ip: remote, method, path: target, status };
    logger.log('INFO', 'uvicorn.access', `${remote} - "${method} ${target} HTTP/1.1" ${status}`, details);
    return reply;
  };
  return (request) => {
    const reply = handler(request);
    return reply instanceof Promise ? reply.then((late) => note(request, late)) : note(request, reply);
  };
}

/** The last forwarded address that is not of a trusted peer; the first one where everybody is trusted. */
export function clientAddress(request: HttpRequest, trusted: TrustedPeers | null): string {
  const peer = plainPeer(request);
  if (trusted === null || !trusts(request, trusted)) return peer;
  const forwarded = (request.header('x-forwarded-for') ?? '').split(',').map((address) => address.trim());
  const found = trusted === 'all' ? forwarded[0] : forwarded.findLast((address) => !trusted.has(address));
  return found || peer;
}

/** Whether what a request's peer says about its client is believed. */
export function trusts(request: HttpRequest, trusted: TrustedPeers | null): boolean {
  return trusted === 'all' || (trusted?.has(plainPeer(request)) ?? false);
}

function plainPeer(request: HttpRequest): string {
  return (request.peerAddress() ?? '').replace(/^::ffff:/, '');
}
