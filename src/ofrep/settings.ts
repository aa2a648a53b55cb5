import type { MetadataLevel } from './types.ts';

/** Every setting of OFREP with its final value. */
export interface OfrepSettings {
  /** Answers single evaluations without a targeting key with an error. */
  readonly strict: boolean;
  /** Largest request body in bytes, before and after inflating. */
  readonly bodyLimitBytes: number;
  /** Most memory for finished bulk replies of one view. */
  readonly replyCacheBytes: number;
  /** Most finished single replies of one view. */
  readonly singleLimit: number;
  /** Most kinds of bulk replies of one view that are kept besides the usual one. Clients choose them. */
  readonly selectionLimit: number;
  /** Most endings of bulk replies of one view: one per credential and host name that is asked under. */
  readonly endingLimit: number;
  /** Longest that a request waits for news from upstream that a hint promised. */
  readonly refreshWaitMs: number;
  /** What is told about single flags, by audience. */
  readonly metadata: { readonly backend: MetadataLevel; readonly frontend: MetadataLevel };
  /** Leaves flags that are off out of bulk replies. */
  readonly hideInactive: boolean;
  /** Counts every flag of a bulk reply as used. */
  readonly countBulk: boolean;
  /** Milliseconds of silence from upstream after which replies say that they are stale. */
  readonly staleAfterMs: number;
  readonly streams: StreamSettings;
}

/** Settings of event streams. */
export interface StreamSettings {
  readonly enabled: boolean;
  /** Credentials whose clients are not offered streams. */
  readonly except: ReadonlySet<string>;
  /** Signs stream URLs. The same on all replicas. */
  readonly secret: string;
  /** How long a stream URL can be used at least. At most it is twice that. */
  readonly urlLifetimeMs: number;
  /** Clients reconnect after this long in the background. */
  readonly inactivityDelaySeconds: number;
  /** Streams are ended after about this long, so that they spread over replicas again. 0: never. */
  readonly maximumAgeMs: number;
  /** Most streams open at once: all together, per credential, per client address. */
  readonly limit: number;
  readonly perCredential: number;
  readonly perAddress: number;
  /** Longest time over which one change is told to all clients. */
  readonly spreadMs: number;
  /** Clients that may be told per second before the time stretches. */
  readonly clientsPerSecond: number;
  /** Each stream gets a sign of life this often. A whole number. */
  readonly heartbeatSeconds: number;
}
