import { edgeClientSpecVersion } from '../../upstream/identity.ts';
import type { EdgeIdentity } from '../types.ts';

/** What upstream requests say besides who sends them. */
export interface HeaderOptions {
  readonly identity: EdgeIdentity;
  /** Header that carries the token. */
  readonly authHeader: string;
  /** Sent with every call, as given. */
  readonly custom: readonly (readonly [name: string, value: string])[];
}

/** Makes the headers of an upstream request (specification 14.1). `intervalMs` is how often this kind is sent. */
export type MakeHeaders = (token: string | undefined, intervalMs: number | undefined) => Record<string, string>;

/** Computes once what does not depend on the request. */
export function createHeaders({ identity, authHeader, custom }: HeaderOptions): MakeHeaders {
  const fixed: Record<string, string> = {
    'User-Agent': `unleash-edge-${identity.edgeVersion}`,
    'UNLEASH-APPNAME': identity.appName,
    'UNLEASH-INSTANCEID': identity.instanceId,
    'UNLEASH-CONNECTION-ID': identity.connectionId,
    'Unleash-Client-Spec': edgeClientSpecVersion,
    Accept: '*/*',
    ...Object.fromEntries(custom),
  };
  for (const [name, value] of Object.entries(fixed)) fixed[name] = headerText(value);
  return (token, intervalMs) => ({
    ...fixed,
    ...(token === undefined ? {} : { [authHeader]: token }),
    ...(intervalMs === undefined ? {} : { 'Unleash-Interval': String(intervalMs) }),
  });
}

/**
 * A value as both runtimes want it. They send a byte for each character and refuse characters that have no byte; the
 * original sends UTF-8.
 */
export function headerText(value: string): string {
  return Buffer.from(value, 'utf8').toString('latin1');
}
