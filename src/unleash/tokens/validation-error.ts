/** Why nobody could say whether a token is valid. */
export type ValidationFailure =
  | { readonly kind: 'status'; readonly status: number }
  | { readonly kind: 'network' | 'undecodable' | 'overloaded' };

/** Upstream could not be asked. The token is neither valid nor invalid. */
export class TokenValidationError extends Error {
  override readonly name = 'TokenValidationError';
  readonly failure: ValidationFailure;

  constructor(failure: ValidationFailure, message: string) {
    super(message);
    this.failure = failure;
  }
}
