import { textSet } from '../../../flags/text-set.ts';
import { type AddressRange, addressRange, parseAddress } from '../addresses.ts';
import { rootReader } from '../context.ts';
import { listParameter } from './parameters.ts';
import type { StrategyCompiler } from './types.ts';

/** `userWithId`: on for the listed users. */
export const userWithId: StrategyCompiler = (parameters, reads) => {
  const users = listParameter(parameters.userIds);
  if (users === undefined) return false;
  const isListed = textSet(users);
  const read = rootReader('userId', reads);
  return (context) => isListed(read(context));
};

/** `remoteAddress`: on for the listed addresses, by exact text or IPv4 range; Yggdrasil knows IPv6 ranges too. */
export const remoteAddress: StrategyCompiler = (parameters, reads, { semantics }) => {
  const entries = listParameter(parameters.IPs);
  if (entries === undefined) return false;
  // Yggdrasil knows no texts here, only addresses.
  const texts = new Set(semantics === 'yggdrasil' ? [] : entries);
  const ranges: AddressRange[] = entries
    .filter((entry) => semantics === 'yggdrasil' || !entry.includes(':'))
    .flatMap((entry) => addressRange(entry) ?? []);
  const read = rootReader('remoteAddress', reads);
  return (context) => {
    const text = read(context);
    if (text === undefined) return false;
    if (texts.has(text)) return true;
    const address = parseAddress(text);
    return address !== undefined && ranges.some((contains) => contains(address));
  };
};

/** `applicationHostname`: on where this process runs on one of the listed machines. Never depends on the request. */
export const applicationHostname: StrategyCompiler = (parameters, _reads, environment) => {
  const names = listParameter(parameters.hostNames)?.map((name) => name.toLowerCase());
  return names?.includes(environment.hostname.toLowerCase()) ?? false;
};
