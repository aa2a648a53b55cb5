import type { EnvironmentRegistry } from '../environment/registry.ts';
import type { Readiness } from './health.ts';

/** What a successful request used, for usage reports. */
export type UsageResource = 'flags' | 'identities' | 'environment-document';

/** What the API needs. */
export interface FlagsmithApiOptions {
  readonly registry: EnvironmentRegistry;
  readonly readiness: () => Readiness;
  /** Origins that browsers may call from; `*` for all. */
  readonly allowOrigins: readonly string[];
  /** Serve the environment document to client keys too, as the original does (spec section 9, trap 1). */
  readonly documentForClientKeys: boolean;
  /** Send `X-Flagsmith-Document-Updated-At` and let scripts read it; needed by realtime clients (spec section 11). */
  readonly sendUpdatedAt: boolean;
  /** Largest request body, in bytes. */
  readonly bodyLimitBytes: number;
  /** An unguessable identifier, for requests that name neither an identity nor traits. */
  readonly randomIdentifier: () => string;
  /** Takes evaluation counts by feature that an SDK reports; only features of the environment arrive here. */
  readonly onAnalytics: (clientKey: string, counts: ReadonlyMap<string, number>) => void;
  /** Told after every successful request. */
  readonly onUsage: (clientKey: string, resource: UsageResource) => void;
}
