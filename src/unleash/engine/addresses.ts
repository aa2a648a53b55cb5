import ipaddr from 'ipaddr.js';

/** A parsed address. IPv4 written as mapped IPv6 (`::ffff:10.0.0.1`) is IPv4 here. */
export type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** Decides whether a range covers an address. */
export type AddressRange = (address: Address) => boolean;

/** Parses an address in its usual notation; undefined for anything else. */
export function parseAddress(text: string | undefined): Address | undefined {
  if (text === undefined) return undefined;
  if (!text.includes(':') && !ipaddr.IPv4.isValidFourPartDecimal(text)) return undefined;
  return ipaddr.isValid(text) ? ipaddr.process(text) : undefined;
}

/** A range given as an address or in CIDR notation; undefined when the text is neither. */
export function addressRange(text: string): AddressRange | undefined {
  if (text.includes('/')) {
    const base = text.slice(0, text.indexOf('/'));
    if (parseAddress(base) === undefined || !ipaddr.isValidCIDR(text)) return undefined;
    const [network, bits] = ipaddr.parseCIDR(text);
    return (address) => address.kind() === network.kind() && address.match(network, bits);
  }
  const only = parseAddress(text)?.toNormalizedString();
  return only === undefined ? undefined : (address) => address.toNormalizedString() === only;
}
