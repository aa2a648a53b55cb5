/** One request to a server that Halyard depends on. */
export interface UpstreamRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /** A body that is no text, instead of `body`. */
  readonly bytes?: Uint8Array | undefined;
  /** Limit for the whole exchange, body included. */
  readonly timeoutMs: number;
  /** Largest answer body accepted, after inflating. */
  readonly limitBytes: number;
  /** The setting that `limitBytes` comes from, for the message when an answer is larger. */
  readonly limitSetting?: string | undefined;
  /** Ends the exchange early, for example when the process stops. */
  readonly signal?: AbortSignal | undefined;
}

/** A complete answer, whatever its status. */
export interface UpstreamResponse {
  readonly status: number;
  /** What stands behind the status in the answer's first line; may be empty. */
  readonly reason?: string | undefined;
  header(name: string): string | undefined;
  readonly body: Uint8Array;
}

/** Carries out one exchange. Follows redirects. Rejects with {@link UpstreamError} only. */
export type SendUpstream = (request: UpstreamRequest) => Promise<UpstreamResponse>;

/**
 * Why there is no complete answer: nobody could be reached in time, the connection broke before an answer came, the
 * answer broke off or was too large, the address is unusable, or we stopped it ourselves.
 */
export type UpstreamFailure = 'network' | 'timeout' | 'reset' | 'cut-off' | 'too-large' | 'invalid-url' | 'aborted';

/** There is no complete answer. */
export class UpstreamError extends Error {
  override readonly name: string = 'UpstreamError';
  readonly failure: UpstreamFailure;
  readonly code: string | undefined;

  constructor(failure: UpstreamFailure, message: string, code?: string) {
    super(message);
    this.failure = failure;
    this.code = code;
  }
}

/** Certificates for upstream connections. Texts in PEM form. */
export interface UpstreamTls {
  /** The roots to trust, all of them. */
  readonly ca?: readonly string[] | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** PKCS#12: certificate and key in one, instead of the two above. */
  readonly pfx?: Uint8Array | undefined;
  readonly passphrase?: string | undefined;
}

/** Options of the outgoing HTTP client. */
export interface UpstreamClientOptions {
  /** False accepts any server certificate. */
  readonly rejectUnauthorized: boolean;
  /** Whom to trust besides, and what to prove who we are with. */
  readonly tls?: UpstreamTls | undefined;
  /** Most time until a connection is there, its handshake included. Node only: Bun's limit is that of the exchange. */
  readonly connectTimeoutMs?: number | undefined;
  /** Idle connections are kept this long. 0 keeps none. On Bun any other value leaves it to Bun. */
  readonly keepAliveMs?: number | undefined;
  /** Chooses a Node agent per URL; replaces proxies from the environment. Node only. */
  readonly agent?: ((url: URL) => unknown) | undefined;
}

/** Most redirects followed for one request. */
export const maximumRedirects = 20;
