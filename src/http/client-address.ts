import ipaddr from 'ipaddr.js';
import type { HttpRequest } from './types.ts';

/**
 * Which peers may name the client in `X-Forwarded-For`: nobody, everybody, that many hops from the right, or peers in
 * these addresses, ranges and named networks (comma-separated).
 */
export type TrustProxy = boolean | number | string;

/** The setting names no address, range or known network. */
export class TrustProxyError extends Error {
  override readonly name = 'TrustProxyError';
}

/** Tells a request's client address; undefined where neither the socket nor a trusted proxy names one. */
export type ClientAddress = (request: HttpRequest) => string | undefined;

const networks: Readonly<Record<string, readonly string[]>> = {
  loopback: ['127.0.0.1/8', '::1/128'],
  linklocal: ['169.254.0.0/16', 'fe80::/10'],
  uniquelocal: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'],
};

/**
 * Builds the rule once. Header entries are taken as they are: a proxy that is trusted may write anything.
 *
 * Source: Unleash Proxy specification 2.4.
 *
 * @throws TrustProxyError
 */
export function createClientAddress(trust: TrustProxy): ClientAddress {
  if (trust === false) return (request) => unmapped(request.peerAddress());
  const isTrusted = createTrust(trust);
  return (request) => {
    const peer = unmapped(request.peerAddress());
    const header = request.header('x-forwarded-for');
    if (header === undefined) return peer;
    // Nearest first: the peer, then the header from right to left.
    const chain = [
      peer ?? '',
      ...header
        .split(',')
        .map((entry) => entry.trim())
        .reverse(),
    ];
    const hop = chain.findIndex((address, distance) => !isTrusted(address, distance));
    return chain[hop < 0 ? chain.length - 1 : hop] || undefined;
  };
}

/** Tells whether a request's peer may say what its client asked for. A setting that cannot be used trusts nobody. */
export function createPeerTrust(trust: TrustProxy): (request: Pick<HttpRequest, 'peerAddress'>) => boolean {
  if (trust === false) return () => false;
  try {
    const isTrusted = createTrust(trust);
    return (request) => isTrusted(unmapped(request.peerAddress()) ?? '', 0);
  } catch (error) {
    if (!(error instanceof TrustProxyError)) throw error;
    return () => false;
  }
}

/** What a dual-stack listener reports for an IPv4 peer (`::ffff:10.0.0.1`), as the IPv4 address that rules name. */
function unmapped(address: string | undefined): string | undefined {
  return address !== undefined && /^::ffff:\d+\.\d+\.\d+\.\d+$/i.test(address) ? address.slice(7) : address;
}

function createTrust(trust: true | number | string): (address: string, distance: number) => boolean {
  if (trust === true) return () => true;
  if (typeof trust === 'number') return (_address, distance) => distance < trust;
  const ranges = trust
    .split(',')
    .map((entry) => entry.trim())
    .flatMap((entry) => networks[entry] ?? [entry])
    .map(parseRange);
  return (text) => {
    if (!ipaddr.isValid(text)) return false;
    const address = ipaddr.process(text);
    return ranges.some(([network, bits]) => network.kind() === address.kind() && address.match(network, bits));
  };
}

function parseRange(text: string): [ipaddr.IPv4 | ipaddr.IPv6, number] {
  try {
    if (text.includes('/')) return ipaddr.parseCIDR(text);
    const address = ipaddr.process(text);
    return [address, address.kind() === 'ipv4' ? 32 : 128];
  } catch {
    throw new TrustProxyError(`"${text}" is no address, range or known network`);
  }
}
