/** Error codes that clients understand; all others become `GENERAL` there (OFREP specification 9). */
export type ErrorCode =
  | 'FLAG_NOT_FOUND'
  | 'PARSE_ERROR'
  | 'TARGETING_KEY_MISSING'
  | 'INVALID_CONTEXT'
  | 'TYPE_MISMATCH'
  | 'PROVIDER_NOT_READY'
  | 'GENERAL';

/** Why a request is not answered with an evaluation. */
export interface Failure {
  readonly status: number;
  readonly errorCode: ErrorCode;
  /** For people. Holds no value of a context and no credential. */
  readonly details: string;
  /** Whole seconds, at least 1: clients read a date as a number of seconds. */
  readonly retryAfterSeconds?: number | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** Builds a failure. */
export function failure(status: number, errorCode: ErrorCode, details: string): Failure {
  return { status, errorCode, details };
}

/** A failure that passes by itself. */
export function passingFailure(status: 429 | 503, details: string, retryAfterSeconds: number): Failure {
  return {
    status,
    errorCode: status === 503 ? 'PROVIDER_NOT_READY' : 'GENERAL',
    details,
    retryAfterSeconds: Math.max(1, Math.ceil(retryAfterSeconds)),
  };
}

/**
 * The body of a failure. Clients need both `key` and `errorCode` to understand one as the answer for a flag.
 *
 * @param key of a single evaluation; undefined on all other routes
 */
export function failureBody({ errorCode, details }: Failure, key: string | undefined): string {
  const body = { errorCode, errorDetails: details, metadata: {} };
  return JSON.stringify(key === undefined ? body : { key, ...body });
}
