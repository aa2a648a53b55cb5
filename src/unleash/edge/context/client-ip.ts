import ipaddr from 'ipaddr.js';
import type { ClientAddress } from '../../../http/client-address.ts';

/** A list of addresses and ranges, for what connects to Halyard or through it. */
export type AddressRanges = readonly (readonly [ipaddr.IPv4 | ipaddr.IPv6, number])[];

/** Whom to believe about client addresses. */
export interface TrustOptions {
  /** `--trust-proxy`. */
  readonly trustProxy: boolean;
  /** `--proxy-trusted-servers`: empty means that forwarding headers are believed whole. */
  readonly trustedServers: AddressRanges;
}

/**
 * The address that `remoteAddress` is filled with. Without trust it is the socket's other end. With trust it comes from
 * `Forwarded`, else `X-Forwarded-For`: the leftmost entry, or, where trusted servers are listed, the rightmost one
 * that is none of them.
 *
 * Source: Unleash Edge specification 11; 27, 12.
 */
export function createClientIp({ trustProxy, trustedServers }: TrustOptions): ClientAddress {
  if (!trustProxy) return (request) => plainAddress(request.peerAddress());
  return (request) => {
    const peer = plainAddress(request.peerAddress());
    const forwarded = forwardedEntries(request.header('forwarded'));
    return pick(forwarded, peer, trustedServers) ?? pick(forwardedForEntries(request), peer, trustedServers) ?? peer;
  };
}

/** True when an address is in one of some ranges. Text that is no address is in none. */
export function isInRanges(text: string | undefined, ranges: AddressRanges): boolean {
  if (text === undefined || !ipaddr.isValid(text)) return false;
  const address = ipaddr.process(text);
  return ranges.some(([network, bits]) => network.kind() === address.kind() && address.match(network, bits));
}

function forwardedForEntries(request: { header(name: string): string | undefined }): string[] {
  return (request.header('x-forwarded-for') ?? '').split(',').flatMap((entry) => entryAddress(entry) ?? []);
}

function pick(entries: readonly string[], peer: string | undefined, trusted: AddressRanges): string | undefined {
  if (entries.length === 0) return undefined;
  if (trusted.length === 0) return entries[0];
  const chain = peer === undefined ? entries : [...entries, peer];
  return chain.findLast((address) => !isInRanges(address, trusted));
}

function forwardedEntries(header: string | undefined): string[] {
  if (header === undefined) return [];
  return header.split(',').flatMap((element) => {
    for (const pair of element.split(';')) {
      const equals = pair.indexOf('=');
      if (equals > 0 && pair.slice(0, equals).trim().toLowerCase() === 'for') {
        return entryAddress(pair.slice(equals + 1)) ?? [];
      }
    }
    return [];
  });
}

/** An address, perhaps quoted, in brackets and with a port. */
function entryAddress(entry: string): string | undefined {
  let text = entry.trim();
  if (text.length >= 2 && text.startsWith('"') && text.endsWith('"')) text = text.slice(1, -1).trim();
  if (text.startsWith('[')) {
    const end = text.indexOf(']');
    text = end < 0 ? '' : text.slice(1, end);
  } else if (text.indexOf(':') === text.lastIndexOf(':') && text.includes('.')) {
    text = text.split(':', 1)[0] ?? '';
  }
  return ipaddr.isValid(text) ? text : undefined;
}

/** What a dual-stack listener reports for an IPv4 peer, as the IPv4 address that rules name. */
function plainAddress(address: string | undefined): string | undefined {
  const mapped = '::ffff:';
  return address?.toLowerCase().startsWith(mapped) && address.includes('.') ? address.slice(mapped.length) : address;
}
