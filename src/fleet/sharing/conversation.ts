import { createHash } from 'node:crypto';
import type { UpstreamRequest } from '../../http/upstream/types.ts';

/** How one kind of request is shared. */
export interface Sharing {
  /** An answer is the answer for everybody for this long: for definitions, the interval of polling. */
  readonly keepMs: number;
  /** True for what is polled again and again, and tells members of changes. */
  readonly polled: boolean;
  /** The same for an answer that is no success; as long as others unless given. */
  readonly failureKeepMs?: number;
  /** What of the body tells requests apart; all of it unless given. */
  readonly tellingBody?: (body: string) => string;
}

/** Which requests are shared, and how; undefined for those that each member sends by itself. */
export type ChooseSharing = (request: UpstreamRequest) => Sharing | undefined;

/** Say who asks or how, not what for: members differ in them and get the same answer. */
const personal = new Set([
  'accept',
  'accept-encoding',
  'content-type',
  'unleash-connection-id',
  'unleash-instanceid',
  'unleash-interval',
  'unleash-sdk',
  'user-agent',
]);
const conditions = new Set(['if-none-match', 'if-modified-since', 'last-event-id']);

/** Names for one request, which say nothing about what they are made of. */
export interface RequestNames {
  /** The same for all requests to one address with one credential, whatever the asking member holds. */
  readonly conversation: string;
  /** The same for requests that get the same answer. */
  readonly exchange: string;
}

/**
 * Makes the names under which a fleet remembers. Credentials are in them as part of a hash only.
 *
 * @param instanceIsCredential true with GitLab, where the instance id is the secret
 */
export function requestNames(request: UpstreamRequest, instanceIsCredential: boolean): RequestNames {
  const { method, url, headers, body = '' } = request;
  const lowerCase = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const);
  const telling = lowerCase
    .filter(([name]) => !personal.has(name) || (instanceIsCredential && name === 'unleash-instanceid'))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const fixed = telling.filter(([name]) => !conditions.has(name));
  const conversation = hash([method, url, fixed, body]);
  return { conversation, exchange: hash([conversation, telling.filter(([name]) => conditions.has(name))]) };
}

/** True when the asking member holds something already. */
export function isConditional({ headers }: UpstreamRequest): boolean {
  return Object.keys(headers).some((name) => conditions.has(name.toLowerCase()));
}

function hash(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64url');
}
