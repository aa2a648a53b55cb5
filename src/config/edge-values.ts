import ipaddr from 'ipaddr.js';
import { headerName, headerValue } from './header-values.ts';

/** An address range, as access rules compare with it. */
export type AddressRange = readonly [ipaddr.IPv4 | ipaddr.IPv6, number];

/** `name:value`. The value may hold colons. @throws Error */
export function parseHeader(text: string): readonly [name: string, value: string] {
  const colon = text.indexOf(':');
  const name = text.slice(0, colon).trim();
  if (colon < 1 || name === '') {
    throw new Error('Please pass headers in the format <headername>:<headervalue>');
  }
  return [headerName(name), headerValue(text.slice(colon + 1).trim())];
}

/** A range; a bare address is refused, as the original does for access lists. @throws Error */
export function parseNetwork(text: string): AddressRange {
  try {
    return ipaddr.parseCIDR(text);
  } catch {
    throw new Error('invalid IP address syntax');
  }
}

/** An address or a range. @throws Error */
export function parseAddressOrNetwork(text: string): AddressRange {
  try {
    if (text.includes('/')) return ipaddr.parseCIDR(text);
    const address = ipaddr.process(text);
    return [address, address.kind() === 'ipv4' ? 32 : 128];
  } catch {
    throw new Error('needs to be a valid ip address (ipv4 or ipv6) or a valid cidr (ipv4 or ipv6)');
  }
}

/** Slashes at both ends made right: `/base` for `base/`; empty for nothing. */
export function parseBasePath(text: string): string {
  const parts = text.split('/').filter((part) => part.trim() !== '');
  return parts.length === 0 ? '' : `/${parts.join('/')}`;
}

/** An absolute URL for HTTP. @throws Error that holds no more of the URL than its scheme */
export function parseHttpUrl(text: string): string {
  if (/^https?:\/\//i.test(text) && URL.canParse(text)) return text;
  if (!URL.canParse(text)) throw new Error('relative URL without a base');
  // A host with a port, but no scheme, looks like a scheme.
  throw new Error(`must start with http:// or https://, not with ${new URL(text).protocol}`);
}

/** A key of Unleash Proxy's clients, in edge mode. */
export interface ProxyKey {
  /** What clients present, whole. */
  readonly key: string;
  /** The environment that it sees all of; undefined for what the first start-up token sees. */
  readonly environment: string | undefined;
}

/**
 * `key`, or `key@environment`. What stands behind the last `@` is the environment, so that a key with an `@` in it can
 * be written with its environment.
 *
 * @throws Error without the text, which is a secret
 */
export function parseProxyKey(text: string): ProxyKey {
  const at = text.lastIndexOf('@');
  if (at < 0) return { key: text, environment: undefined };
  const key = text.slice(0, at);
  const environment = text.slice(at + 1);
  if (key === '' || environment === '') throw new Error('write it as key, or as key@environment');
  return { key, environment };
}
