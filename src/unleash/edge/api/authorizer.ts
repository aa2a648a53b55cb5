import type { DeferredValidation } from '../../tokens/deferred.ts';
import { parseOfflineToken, parseToken } from '../../tokens/parse.ts';
import type { TokenCache } from '../../tokens/token-cache.ts';
import type { TokenValidator } from '../../tokens/validator.ts';
import type { EdgeToken } from '../types.ts';
import { type Answer, answers, unparsableToken, validationFailed } from './answers.ts';
import type { PathClass } from './paths.ts';

/** Who calls, or the answer to whom may not. */
export type Authorized =
  | { readonly token: EdgeToken; readonly refusal?: undefined }
  | { readonly token?: undefined; readonly refusal: Answer };

/** Whose credential it is, whatever it may do: a token, nobody's, or nobody can tell yet. */
export type Identified = EdgeToken | 'unknown' | 'pending';

/** Decides about a presented credential. At once, unless the token has to be validated first. */
export interface Authorizer {
  authorize(presented: string | undefined, pathClass: PathClass): Authorized | Promise<Authorized>;
  /** Tells whose credential this is, for other dialects. Rejects like a validation. */
  identify(presented: string): Identified | Promise<Identified>;
  /** What the `/edge/validate` endpoint answers for some texts (specification 12). Rejects like a validation. */
  valid(texts: readonly string[]): Promise<readonly EdgeToken[]>;
}

const refused = (refusal: Answer): Authorized => ({ refusal });
const missing = refused(answers.noCredential);
const unauthorized = refused(answers.unauthorized);
const forbidden = refused(answers.forbidden);

/** Edge mode: tokens are looked up and, when unknown, validated upstream (specification 5.7). */
export class EdgeAuthorizer implements Authorizer {
  readonly #cache: TokenCache;
  readonly #validator: TokenValidator;
  readonly #deferred: DeferredValidation | undefined;
  /** Kept with the token, so that a known credential costs no object. */
  readonly #allowed = new WeakMap<EdgeToken, Authorized>();

  /** @param deferred validates in the background instead of letting the request wait */
  constructor(cache: TokenCache, validator: TokenValidator, deferred: DeferredValidation | undefined) {
    this.#cache = cache;
    this.#validator = validator;
    this.#deferred = deferred;
  }

  authorize(presented: string | undefined, pathClass: PathClass): Authorized | Promise<Authorized> {
    if (presented === undefined) return missing;
    const known = this.#cache.get(presented);
    if (known !== undefined) return this.#decide(known, pathClass);
    const parsed = parseToken(presented);
    if (parsed === undefined) return refused(unparsableToken(presented));
    if (this.#deferred !== undefined) {
      this.#deferred.defer(parsed);
      return unauthorized;
    }
    return this.#validator.validate(parsed.token).then(
      (token) => this.#decide(token, pathClass),
      (error) => refused(validationFailed(error)),
    );
  }

  identify(presented: string): Identified | Promise<Identified> {
    const known = this.#cache.get(presented);
    if (known !== undefined) return known;
    const parsed = parseToken(presented);
    if (parsed === undefined) return 'unknown';
    if (this.#deferred === undefined) return this.#validator.validate(parsed.token);
    this.#deferred.defer(parsed);
    return 'pending';
  }

  async valid(texts: readonly string[]): Promise<readonly EdgeToken[]> {
    const known = await this.#validator.validateAll(texts);
    return known.filter(({ status }) => status === 'Validated');
  }

  #decide(token: EdgeToken, pathClass: PathClass): Authorized {
    if (token.status === 'Unknown') return unauthorized;
    if (token.status === 'Invalid' || !fits(token, pathClass)) return forbidden;
    let allowed = this.#allowed.get(token);
    if (allowed === undefined) {
      allowed = { token };
      this.#allowed.set(token, allowed);
    }
    return allowed;
  }
}

/** Offline mode: the configured tokens and nothing else. Untyped ones may do both (specification 5.8). */
export class OfflineAuthorizer implements Authorizer {
  readonly #allowed: ReadonlyMap<string, Authorized & { readonly token: EdgeToken }>;
  readonly #identified = new WeakMap<EdgeToken, EdgeToken>();

  constructor(tokens: readonly EdgeToken[]) {
    this.#allowed = new Map(tokens.map((token) => [token.token, { token }]));
  }

  authorize(presented: string | undefined, pathClass: PathClass): Authorized {
    if (presented === undefined) return missing;
    const known = this.#allowed.get(presented) ?? this.#allowed.get(parseOfflineToken(presented).token);
    if (known === undefined) return forbidden;
    return known.token.type === null || fits(known.token, pathClass) ? known : forbidden;
  }

  identify(presented: string): Identified {
    const known = this.#allowed.get(presented) ?? this.#allowed.get(parseOfflineToken(presented).token);
    if (known === undefined) return 'unknown';
    // Configured here, whatever nobody has validated about it.
    let identified = this.#identified.get(known.token);
    if (identified === undefined) {
      identified = { ...known.token, status: 'Trusted' };
      this.#identified.set(known.token, identified);
    }
    return identified;
  }

  async valid(texts: readonly string[]): Promise<readonly EdgeToken[]> {
    return [...new Set(texts)].flatMap((text) => this.#allowed.get(text)?.token ?? []);
  }
}

function fits({ type }: EdgeToken, pathClass: PathClass): boolean {
  return type !== null && type === pathClass;
}
