import type { EnvironmentRegistry } from '../environment/registry.ts';
import type { Readiness } from './health.ts';
import type { RepeatedIdentities } from './repeated/repeated-identities.ts';

/** What a successful request used, for usage reports. */
export type UsageResource = 'flags' | 'identities' | 'environment-document';

/** One line of a report of evaluations. */
export interface EvaluationRow {
  readonly feature: string;
  /** Null: evaluated without an identity. */
  readonly identifier: string | null;
  readonly count: number;
  /** The state that was seen. */
  readonly enabled: boolean;
}

/** What the API needs. */
export interface FlagsmithApiOptions {
  readonly registry: EnvironmentRegistry;
  readonly readiness: () => Readiness | Promise<Readiness>;
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
  /** Requests for identities that came before. */
  readonly repeated: RepeatedIdentities;
  /** Takes evaluation counts by feature that an SDK reports; only features of the environment arrive here. */
  readonly onAnalytics: (clientKey: string, counts: ReadonlyMap<string, number>) => void;
  /** Takes evaluations with identities that an SDK reports; only features of the environment arrive here. */
  readonly onEvaluations: (clientKey: string, rows: readonly EvaluationRow[]) => void;
  /** Told after every request that was answered: the path of the program, or what stands for unknown ones. */
  readonly onRequest: (endpoint: string, status: number) => void;
  /** Figures as text for Prometheus; null serves none. */
  readonly figures: (() => string) | null;
  /** Told after every successful request. */
  readonly onUsage: (clientKey: string, resource: UsageResource) => void;
}
