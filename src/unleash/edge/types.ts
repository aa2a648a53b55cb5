/**
 * What the parts of the Edge dialect agree on. The API, tokens and refreshing are one side; stores (`src/store`),
 * metrics (`edge/metrics`) and delta and streaming (`edge/streaming`) are the other. Nobody imports further inside.
 */
import type { HttpReply, HttpRequest } from '../../http/types.ts';
import type { SendUpstream } from '../../http/upstream/types.ts';
import type { RawFeature } from '../definitions/raw-feature.ts';
import type { EdgeToken } from '../tokens/types.ts';

export { RawFeature } from '../definitions/raw-feature.ts';
export type { EdgeToken, TokenStatus, TokenType } from '../tokens/types.ts';
export { cacheKey } from '../tokens/types.ts';

/** A segment as upstream sent it. */
export type RawSegment = Readonly<Record<string, unknown>> & { readonly id: unknown };

/**
 * The definitions of one environment: what is merged, served, stored and streamed. Immutable, features by name; their
 * `strategies[].variants` are always lists.
 */
export interface ClientFeatures {
  readonly version: number;
  readonly features: readonly RawFeature[];
  readonly segments?: readonly RawSegment[];
  readonly query?: unknown;
  readonly meta?: unknown;
}

/** What a credential may see: the projects of its token (`*` or none means all) and perhaps a name prefix. */
export interface FeatureScope {
  readonly cacheKey: string;
  readonly projects: readonly string[];
  readonly namePrefix?: string | undefined;
}

// ---------------------------------------------------------------- persistence (section 17)

/**
 * Keeps tokens and definitions between runs. A call may fail or never end: it is raced against a limit, logged, and
 * no request waits for it. What is loaded is untrusted and read tolerantly by the caller.
 */
export interface EdgeStore {
  /** For logs, without credentials: `folder /backup`, `redis redis.local:6379`. */
  readonly description: string;
  /** The stored list of tokens; empty when nothing is stored. */
  loadTokens(): Promise<readonly unknown[]>;
  /** Pairs of cache key and document; empty when nothing is stored. */
  loadFeatures(): Promise<readonly (readonly [cacheKey: string, document: unknown])[]>;
  /** Replaces the stored tokens. Never called with an empty list. */
  saveTokens(tokens: readonly EdgeToken[]): Promise<void>;
  /** Replaces the stored documents. Never called with an empty map. */
  saveFeatures(features: ReadonlyMap<string, ClientFeatures>): Promise<void>;
  /** When each environment last changed, by cache key; empty when nothing is stored, as by the original. */
  loadChangeTimes(): Promise<ReadonlyMap<string, number>>;
  /** Keeps when each environment last changed, in milliseconds since the epoch. */
  saveChangeTimes(changedAtMs: ReadonlyMap<string, number>): Promise<void>;
  close(): Promise<void>;
}

// ---------------------------------------------------------------- metrics (section 18)

/** How a report was taken: 202, or 400 with this text. */
export type Accepted = { readonly ok: true } | { readonly ok: false; readonly message: string };

/** Who reports: the validated token and, where it differs, what the header's text alone says (18.2). */
export interface Reporter {
  readonly token: EdgeToken;
  readonly headerToken: EdgeToken;
  /** A request header by lower-case name: `unleash-sdk`, `unleash-interval`. */
  readonly header: (name: string) => string | undefined;
}

/** Takes reports from SDKs and other Edges, and sends them on. Synchronous, bounded; never throws. */
export interface EdgeMetrics {
  /** @param registersApplication true on `/api/frontend/client/metrics` only (18.1) */
  acceptMetrics(body: unknown, reporter: Reporter, registersApplication: boolean): Accepted;
  acceptApplication(body: unknown, reporter: Reporter): Accepted;
  acceptBulk(body: unknown, reporter: Reporter): Accepted;
  /** `/api/client/metrics/edge`: instance data of a downstream Edge. */
  acceptInstanceData(body: unknown, reporter: Reporter): Accepted;
  /** Body of `/internal-backstage/metricsbatch`. */
  batch(): unknown;
  /** Body of `/internal-backstage/instancedata`. */
  instances(): unknown;
  /** Counts one finished request for instance data. `path` is normalised and without the base path. */
  countRequest(path: string, method: string, status: number, intervalHeader: string | undefined): void;
  start(): void;
  /** Sends what is left, once. Resolves when done or at the deadline. */
  stop(deadlineMs: number): Promise<void>;
}

/** What sending upstream needs to know. Tokens change while running, so they are asked for each time. */
export interface EdgeUpstreamAccess {
  readonly send: SendUpstream;
  /** Absolute URLs below the upstream (14.1). */
  readonly urls: EdgeUrls;
  /** Headers of 14.1: identity, client spec, custom headers, and the token under the configured name. */
  headers(token: string | undefined, intervalMs: number | undefined): Record<string, string>;
  readonly timeoutMs: number;
  /** Largest answer accepted, in bytes, and the setting that says so. */
  readonly limitBytes: number;
  readonly limitSetting?: string | undefined;
  /** Any refresh token of an environment. */
  refreshToken(environment: string): string | undefined;
  /** The first start-up token; instance data needs one. */
  startupToken(): string | undefined;
}

export interface EdgeUrls {
  readonly features: string;
  readonly register: string;
  readonly metrics: string;
  readonly bulk: string;
  readonly instances: string;
  readonly delta: string;
  readonly streaming: string;
  readonly validate: string;
}

/** How this process introduces itself: the same in `connectVia`, instance data and upstream headers. */
export interface EdgeIdentity {
  readonly appName: string;
  /** A ULID, or what the operator set. */
  readonly instanceId: string;
  /** One ULID per process. */
  readonly connectionId: string;
  readonly edgeVersion: string;
  readonly startedAtMs: number;
}

// ---------------------------------------------------------------- delta and streaming (section 19)

/** What delta and streaming look at: documents by cache key, and every change of one. */
export interface EdgeEnvironments {
  current(cacheKey: string): ClientFeatures | undefined;
  /**
   * Called after each change with the new document, undefined when an environment was dropped. `events` are the
   * upstream delta events that led to it, where upstream sent events. @returns a function that stops the calls
   */
  onChange(
    listener: (cacheKey: string, document: ClientFeatures | undefined, events: readonly unknown[] | undefined) => void,
  ): () => void;
}

/** Serves `/api/client/delta` and `/api/client/streaming` (19.3, 19.4). The caller is authenticated and covered. */
export interface EdgeDelta {
  delta(scope: FeatureScope, ifNoneMatch: string | undefined): DeltaAnswer;
  /** The SSE reply. The stream ends by itself when {@link revoke} is called for its token. */
  stream(scope: FeatureScope, token: EdgeToken, request: HttpRequest): HttpReply | Promise<HttpReply>;
  /** Closes the streams of a token that is valid no longer. */
  revoke(token: string): void;
  /** Open streams, for backstage and metrics. */
  readonly connectedClients: number;
  close(): void;
}

/** 200 carries the id of the last event as ETag; 304 and 404 have no body. */
export type DeltaAnswer =
  | { readonly status: 200; readonly etag: string; readonly body: string | Uint8Array }
  | { readonly status: 304 }
  | { readonly status: 404 };

/** Keeps one refresh token's definitions up to date: by polling (default), delta polling or a stream. */
export interface TokenSource {
  /** Starts; resolves when the first attempt has ended, whatever its outcome. Never rejects. */
  start(): Promise<void>;
  /** Asks upstream now, where it is well. Resolves when that is done. Sources that are told of changes have none. */
  refresh?(): Promise<void>;
  /** Ends for good, also in the middle of an exchange. */
  stop(): void;
}

/** Makes the source of one refresh token. The default one polls; `--delta` and `--streaming` bring their own. */
export type CreateTokenSource = (token: EdgeToken, sink: TokenSourceSink) => TokenSource;

/** Where a source delivers to. */
export interface TokenSourceSink {
  /** A whole client-features document. Rejects when it is unusable: nothing has changed then. */
  document(document: unknown): Promise<void>;
  /** The flag that is held under a name. Missing where nobody looks for what did not change. */
  held?(name: string): RawFeature | undefined;
  /** A delta answer `{events: […]}`. Rejects when it is unusable. */
  events(delta: unknown): Promise<void>;
  /** Upstream says 401 or 403: the token is dropped, and this source stopped. */
  refused(status: number): void;
  /** For backstage and metrics; call after each exchange. */
  checked(report: SourceReport): void;
}

/** What one exchange of a source came to. Times in milliseconds since the epoch. */
export interface SourceReport {
  readonly outcome: 'changed' | 'unchanged' | 'failed';
  readonly etag?: string | undefined;
  readonly failures: number;
  readonly nextRefreshMs?: number | undefined;
}
