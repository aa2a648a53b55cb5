/** What a token may be used for. `client` is what newer Unleash versions call `backend`; null means not known. */
export type TokenType = 'frontend' | 'client' | 'admin' | 'invalid' | null;

/** How a token came to be known. `Trusted` ones are configured and never validated upstream. */
export type TokenStatus = 'Invalid' | 'Unknown' | 'Validated' | 'Trusted';

/**
 * A token as Edge, Unleash and stored files write it. Two tokens are the same when their `token` texts are.
 *
 * Source: Unleash Edge specification 5.2.
 */
export interface EdgeToken {
  /** The secret itself, whole. Never goes to logs; see `mask.ts`. */
  readonly token: string;
  readonly type: TokenType;
  readonly environment: string | null;
  /** `*` means all; an empty list that the real list is known only after validation. */
  readonly projects: readonly string[];
  readonly status: TokenStatus;
}

/**
 * What definitions are kept under: the environment, or the token's text where there is none. Environments never mix;
 * all projects of one environment share an entry and are filtered when read (specification 5.3).
 */
export function cacheKey({ environment, token }: Pick<EdgeToken, 'environment' | 'token'>): string {
  return environment ?? token;
}
