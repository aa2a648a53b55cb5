import { TextSet } from '../../../flags/text-set.ts';
import { type AddressRange, addressRange, parseAddress } from '../addresses.ts';
import { rootReader } from '../context.ts';
import { Listed } from '../listed.ts';
import type { Predicate } from '../predicate.ts';
import { sharedParts } from '../shared.ts';
import { listParameter } from './parameters.ts';
import type { EngineEnvironment, StrategyCompiler } from './types.ts';

/** `userWithId`: on for the listed users. */
export const userWithId: StrategyCompiler = (parameters, reads) => {
  const users = listParameter(parameters.userIds);
  if (users === undefined) return false;
  return new Listed(rootReader('userId', reads), new TextSet(users));
};

/** `remoteAddress`: on for the listed addresses, by exact text or IPv4 range; Yggdrasil knows IPv6 ranges too. */
export const remoteAddress: StrategyCompiler = ({ IPs }, reads, environment) => {
  const entries = listParameter(IPs);
  if (entries === undefined) return false;
  reads.add('remoteAddress');
  return sharedParts(environment).addresses.once(String(IPs), () => addressIn(entries, environment));
};

function addressIn(entries: readonly string[], { semantics }: EngineEnvironment): Predicate {
  // Yggdrasil knows no texts here, only addresses.
  const listed = new TextSet(semantics === 'yggdrasil' ? [] : entries);
  const ranges: AddressRange[] = entries
    .filter((entry) => semantics === 'yggdrasil' || !entry.includes(':'))
    .flatMap((entry) => addressRange(entry) ?? []);
  return ({ remoteAddress: text }) => {
    if (text === undefined) return false;
    if (listed.has(text)) return true;
    const address = parseAddress(text);
    return address !== undefined && ranges.some((contains) => contains(address));
  };
}

/** `applicationHostname`: on where this process runs on one of the listed machines. Never depends on the request. */
export const applicationHostname: StrategyCompiler = (parameters, _reads, environment) => {
  const names = listParameter(parameters.hostNames)?.map((name) => name.toLowerCase());
  return names?.includes(environment.hostname.toLowerCase()) ?? false;
};
