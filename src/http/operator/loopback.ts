import ipaddr from 'ipaddr.js';
import type { HttpRequest } from '../types.ts';

/** What reverse proxies add. A request that has been through one did not begin on this machine. */
const forwardingHeaders = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'via'];

/**
 * True for a request that a program on this machine made to this machine. The socket alone decides about the address;
 * headers can only take the right away: a `Host` that is not this machine (a page of some site whose name was pointed
 * here, to make a browser read what it may not) and every sign of a reverse proxy.
 */
export function isFromThisMachine(request: HttpRequest): boolean {
  if (!isLoopback(request.peerAddress())) return false;
  if (forwardingHeaders.some((name) => request.header(name) !== undefined)) return false;
  const host = hostName(request.header('host'));
  return host === 'localhost' || isLoopback(host);
}

function isLoopback(address: string | undefined): boolean {
  return address !== undefined && ipaddr.isValid(address) && ipaddr.process(address).range() === 'loopback';
}

/** The host of a `Host` header in lower case, without port and brackets; undefined where there is none. */
export function hostName(header: string | undefined): string | undefined {
  const found = /^(?:\[([0-9a-f:.]+)\]|([^:[\]]+))(?::\d*)?$/i.exec(header?.trim() ?? '');
  return (found?.[1] ?? found?.[2])?.toLowerCase();
}
