/** How this process introduces itself upstream. */
export interface Identity {
  readonly appName: string;
  readonly instanceId: string;
  /** One random id for the life of the process, sent with everything. */
  readonly connectionId: string;
  /** Name and version, for example `unleash-proxy-halyard:1.0.0`. */
  readonly sdkVersion: string;
  /** Sent as `Authorization`, unless it is empty: GitLab wants none. */
  readonly token: string;
  /** Name of the runtime, `node` or `bun`, and its version. */
  readonly platformName: string;
  readonly platformVersion: string;
}

/** Version of the client specification that the engine follows. */
export const clientSpecVersion = '5.2.0';

/** The version that Unleash Edge 19.15.1 names, whose place Edge mode takes. */
export const edgeClientSpecVersion = '5.2.2';

/**
 * Headers of every upstream request. GitLab tells environments apart by the application name and authenticates by the
 * instance id, so both are always sent.
 *
 * Source: Unleash Proxy specification 6.2 and 10.
 *
 * @param intervalMs how often this kind of request is sent
 */
export function identityHeaders(identity: Identity, intervalMs: number): Record<string, string> {
  return {
    'User-Agent': identity.appName,
    'unleash-appname': identity.appName,
    'UNLEASH-INSTANCEID': identity.instanceId,
    'unleash-sdk': identity.sdkVersion,
    ...(identity.token === '' ? {} : { Authorization: identity.token }),
    'unleash-connection-id': identity.connectionId,
    'unleash-interval': String(intervalMs),
    Accept: '*/*',
  };
}

/** What bodies sent upstream say about their sender. */
export function identityMembers(identity: Identity): object {
  return {
    connectionId: identity.connectionId,
    platformName: identity.platformName,
    platformVersion: identity.platformVersion,
    yggdrasilVersion: null,
    specVersion: clientSpecVersion,
  };
}
