import { logEvents } from '../../flags/events/catalogue.ts';
import { tell } from '../../flags/events/tell.ts';
import type { Logger } from '../../flags/logger.ts';
import type { Timers } from '../../flags/timers.ts';
import { coversScope, simplify } from '../tokens/cover.ts';
import { DeferredValidation } from '../tokens/deferred.ts';
import { redactToken } from '../tokens/mask.ts';
import { parseToken } from '../tokens/parse.ts';
import { readToken } from '../tokens/read-token.ts';
import { TokenCache, type TokenCacheLimits } from '../tokens/token-cache.ts';
import type { TokenType } from '../tokens/types.ts';
import { type AskUpstream, createAskUpstream } from '../tokens/validate-upstream.ts';
import { TokenValidator } from '../tokens/validator.ts';
import { type Answer, answers, hydrationFailed } from './api/answers.ts';
import { EdgeAuthorizer } from './api/authorizer.ts';
import type { Environments } from './environments/environments.ts';
import type { EdgeUpstreamAccess } from './types.ts';
import {
  type ClientFeatures,
  type CreateTokenSource,
  cacheKey,
  type EdgeStore,
  type EdgeToken,
  type EdgeUrls,
} from './types.ts';
import type { MakeHeaders } from './upstream/headers.ts';
import { RefreshSet } from './upstream/refresh-set.ts';

/** Settings of edge mode. */
export interface EdgeServiceConfig {
  readonly tokens: readonly string[];
  readonly pretrusted: readonly (readonly [presented: string, token: EdgeToken])[];
  /** Fetched with from the start, besides the valid ones of `tokens`; nobody may present them. */
  readonly refreshTokens?: readonly EdgeToken[] | undefined;
  /** False: client tokens that nobody listed are fetched with as they come. */
  readonly strict: boolean;
  readonly deferValidation: boolean;
  readonly revalidationIntervalMs: number;
  /** See `RefreshSetOptions`. That process also says which of the configured tokens are fetched with. */
  readonly confirmedElsewhere?: boolean | undefined;
  readonly cacheLimits: TokenCacheLimits;
  readonly validation: {
    readonly concurrency: number;
    readonly batchSize: number;
    readonly queueLimit: number;
    readonly failureForMs: number;
  };
}

/** The outside world, and the parts that are made elsewhere. */
export interface EdgeWorld {
  readonly environments: Environments;
  readonly access: Omit<EdgeUpstreamAccess, 'refreshToken' | 'startupToken'> & { readonly urls: EdgeUrls };
  readonly headers: MakeHeaders;
  /** Says which tokens are valid; undefined asks upstream. */
  readonly ask?: AskUpstream | undefined;
  readonly createSource: CreateTokenSource;
  readonly store: EdgeStore | undefined;
  readonly timers: Timers;
  readonly logger: Logger;
  /** Tells upstream about a token that is used for fetching. */
  readonly announce: (token: EdgeToken) => void;
  /** Upstream refused a token, which is not fetched with any more. */
  readonly onRefused?: ((token: EdgeToken) => void) | undefined;
  /** There is something new to keep. */
  readonly onTokensChanged: () => void;
}

/** Edge mode cannot start like this. The message is for the operator. */
export class EdgeStartupError extends Error {
  override readonly name = 'EdgeStartupError';
}

const firstRetryMs = 1_000;
const longestRetryMs = 60_000;

const kindOf = (type: TokenType) => (type === null ? 'upstream does not say what kind it is' : `its kind is ${type}`);

/**
 * Tokens and definitions of edge mode: what is known is served, whatever happens upstream.
 *
 * Source: Unleash Edge specification 3.2, 9.1, 15, 16.
 */
export class EdgeService {
  readonly cache: TokenCache;
  readonly validator: TokenValidator;
  readonly refresh: RefreshSet;
  readonly authorizer: EdgeAuthorizer;
  readonly #config: EdgeServiceConfig;
  readonly #world: EdgeWorld;
  readonly #deferred: DeferredValidation | undefined;
  readonly #cancels = new Map<'retry' | 'revalidate', () => void>();
  /** Cache keys of environments that upstream refused to a token. Only configured tokens get here in strict behaviour. */
  readonly #refusedKeys = new Set<string>();
  #retryMs = firstRetryMs;
  #stopped = false;

  constructor(config: EdgeServiceConfig, world: EdgeWorld) {
    const { timers, logger, environments, access, headers } = world;
    this.#config = config;
    this.#world = world;
    this.cache = new TokenCache(config.cacheLimits, timers.now);
    const ask =
      world.ask ??
      createAskUpstream({
        send: access.send,
        url: access.urls.validate,
        headers: () => headers(undefined, undefined),
        timeoutMs: access.timeoutMs,
        limitBytes: access.limitBytes,
      });
    this.validator = new TokenValidator({
      cache: this.cache,
      ask,
      timers,
      logger,
      ...config.validation,
      onAnswered: world.onTokensChanged,
    });
    this.#deferred = config.deferValidation
      ? new DeferredValidation(this.cache, this.validator, timers, logger, config.validation.queueLimit)
      : undefined;
    this.authorizer = new EdgeAuthorizer(this.cache, this.validator, this.#deferred);
    this.refresh = new RefreshSet({
      environments,
      createSource: world.createSource,
      now: timers.now,
      onRegistered: world.announce,
      onRefused: (token) => void this.#refused(token),
      confirmedElsewhere: config.confirmedElsewhere,
    });
    for (const [presented, token] of config.pretrusted) this.cache.accept(presented, token);
    this.cache.onRevoked((token) => {
      this.refresh.remove(token.token);
      this.#scheduleRetry();
    });
  }

  /** True while tokens are known or configured whose definitions should be there (specification 13). */
  get awaitsFeatures(): boolean {
    return this.cache.size > 0 || this.#config.tokens.length > 0;
  }

  /** Validated tokens and documents, for keeping. */
  get validated(): readonly EdgeToken[] {
    return [...this.cache.accepted()].filter(({ status }) => status === 'Validated');
  }

  get documents(): ReadonlyMap<string, ClientFeatures> {
    return new Map([...this.#world.environments.entries()].map(([key, { document }]) => [key, document]));
  }

  /**
   * Validates the configured tokens, takes what an earlier run kept, and starts fetching. Resolves before the first
   * fetch has ended.
   *
   * @throws EdgeStartupError
   */
  async start(): Promise<void> {
    const { tokens, strict, refreshTokens = [] } = this.#config;
    const { logger, timers } = this.#world;
    if (strict && tokens.length === 0 && refreshTokens.length === 0) {
      throw new EdgeStartupError('No tokens provided. Tokens must be specified when running with strict behavior');
    }
    const [answered, restored] = await Promise.all([this.#validateStartupTokens(), this.#restore()]);
    if (strict && this.cache.size === 0 && this.cache.refusedSize === 0) {
      throw new EdgeStartupError(
        'No valid tokens was provided on startup. At least one valid token must be specified when running with strict behavior',
      );
    }
    const fetching = this.validated.filter(({ type }) => type === 'client' && !this.#config.confirmedElsewhere);
    // Only those that are needed: the others would fetch once for nothing.
    for (const token of simplify([...refreshTokens, ...fetching])) void this.refresh.register(token);
    if (!answered)
      tell(
        logger,
        logEvents.tokensNotValidatedYet,
        'Tokens could not be validated at the start; this goes on in the background',
      );
    this.#scheduleRetry();
    this.#scheduleRevalidation();
    // What was kept may have been revoked since.
    if (restored.length > 0) timers.set(() => void this.validator.revalidate(restored), 0);
  }

  stop(): void {
    this.#stopped = true;
    this.refresh.stop();
    this.#deferred?.stop();
    for (const cancel of this.#cancels.values()) cancel();
  }

  /** See `Hydrate`. */
  readonly hydrate = (token: EdgeToken): Answer | undefined | Promise<Answer | undefined> => {
    const { environments } = this.#world;
    const key = cacheKey(token);
    if (this.refresh.covers(token)) {
      if (environments.get(key) !== undefined) return undefined;
      // A token that was refused and is tried again is answered as it was in between.
      if (this.#config.strict) return this.#refusedKeys.has(key) ? answers.notSubsumed : undefined;
    } else if (this.#config.strict) {
      return answers.notSubsumed;
    }
    return this.refresh
      .register(token)
      .then(() =>
        environments.get(key) === undefined ? hydrationFailed('Edge could not fetch features upstream') : undefined,
      );
  };

  /** True when something that is fetched holds what a token may see; only for warnings. */
  isCovered(token: EdgeToken): boolean {
    return this.refresh.refreshes.some((entry) => coversScope(entry.token, token));
  }

  /** @returns false when upstream could not be asked */
  async #validateStartupTokens(): Promise<boolean> {
    const { tokens } = this.#config;
    const usable = tokens.filter((token) => parseToken(token) !== undefined);
    if (usable.length < tokens.length) {
      tell(
        this.#world.logger,
        logEvents.startTokenMalformed,
        `${tokens.length - usable.length} of the start-up tokens are not in Unleash format`,
      );
    }
    try {
      for (const token of await this.validator.validateAll(usable)) {
        if (token.status === 'Invalid')
          tell(
            this.#world.logger,
            logEvents.startTokenInvalid,
            `Start-up token ${redactToken(token.token)} is not valid`,
          );
        else if (token.type !== 'client')
          tell(
            this.#world.logger,
            logEvents.startTokenFetchesNothing,
            `Start-up token ${redactToken(token.token)} fetches nothing: ${kindOf(token.type)}, not a client (backend) token`,
          );
      }
      return true;
    } catch {
      // Said already, with the reason.
      return false;
    }
  }

  /** Takes what an earlier run kept; what upstream says meanwhile wins (specification 27, 21). @returns its tokens */
  async #restore(): Promise<readonly string[]> {
    const { store, logger, environments } = this.#world;
    const restored: string[] = [];
    if (store === undefined) return restored;
    // Each for itself: tokens are worth having without features, and the other way round.
    const unusable = (error: unknown): readonly never[] => {
      tell(
        logger,
        logEvents.stateUnreadable,
        `Nothing could be taken from ${store.description}: ${(error as Error).message}`,
      );
      return [];
    };
    const [tokens, features, times] = await Promise.all([
      store.loadTokens().catch(unusable),
      store.loadFeatures().catch(unusable),
      // Only the age is lost without them.
      store.loadChangeTimes().catch(() => new Map<string, number>()),
    ]);
    for (const value of tokens) {
      const token = readToken(value);
      if (token?.status !== 'Validated' || token.type === null || token.type === 'invalid') continue;
      if (this.cache.get(token.token) !== undefined) continue;
      this.cache.accept(token.token, token);
      restored.push(token.token);
    }
    for (const [key, document] of features) {
      await environments
        .replace(key, document, true, times.get(key))
        .catch((error) =>
          tell(
            logger,
            logEvents.stateUnusable,
            `The kept features of "${key}" cannot be used: ${(error as Error).message}`,
          ),
        );
    }
    if (tokens.length + features.length > 0) {
      tell(
        logger,
        logEvents.stateTaken,
        `Took ${tokens.length} tokens and ${features.length} environments from ${store.description}`,
      );
    }
    return restored;
  }

  /** The process that fetches was refused: as if this one had been. */
  refusedElsewhere(token: EdgeToken): void {
    if (this.#config.strict) this.#refusedKeys.add(cacheKey(token));
    this.refresh.remove(token.token);
  }

  /** Upstream will not let a token fetch: find out whether it is valid at all, and go on trying if it is configured. */
  async #refused(token: EdgeToken): Promise<void> {
    if (this.#config.strict) this.#refusedKeys.add(cacheKey(token));
    this.#world.onRefused?.(token);
    await this.validator.revalidate([token.token]);
    this.#scheduleRetry();
  }

  /** Goes on, ever more slowly, until all configured tokens are known and fetched with (specification 16.3; 27, 10). */
  #scheduleRetry(): void {
    if (this.#stopped || this.#cancels.has('retry') || this.#open().length === 0) return;
    this.#cancels.set(
      'retry',
      this.#world.timers.set(() => {
        this.#cancels.delete('retry');
        void this.#retry();
      }, this.#retryMs),
    );
    this.#retryMs = Math.min(longestRetryMs, this.#retryMs * 2);
  }

  async #retry(): Promise<void> {
    const open = this.#open();
    for (const token of open) this.cache.forget(token);
    const outcomes = await Promise.allSettled(
      open.map(async (text) => this.cache.get(text) ?? (await this.validator.validate(text))),
    );
    for (const outcome of this.#config.confirmedElsewhere ? [] : outcomes) {
      if (outcome.status === 'fulfilled' && outcome.value.type === 'client' && outcome.value.status === 'Validated') {
        void this.refresh.register(outcome.value);
      }
    }
    if (this.#open().length === 0) this.#retryMs = firstRetryMs;
    this.#scheduleRetry();
  }

  /** Configured tokens that are not known to be valid, or not fetched with although they could be. */
  #open(): string[] {
    const { confirmedElsewhere = false } = this.#config;
    return this.#config.tokens.flatMap((text) => {
      const parsed = parseToken(text);
      if (parsed === undefined) return [];
      const known = this.cache.get(parsed.token);
      const settled =
        known?.status === 'Validated' && (known.type !== 'client' || confirmedElsewhere || this.refresh.covers(known));
      return settled ? [] : [parsed.token];
    });
  }

  #scheduleRevalidation(): void {
    const { revalidationIntervalMs } = this.#config;
    if (this.#stopped || !(revalidationIntervalMs > 0)) return;
    this.#cancels.set(
      'revalidate',
      this.#world.timers.set(() => {
        void this.validator.revalidate().then(() => this.#scheduleRevalidation());
      }, revalidationIntervalMs),
    );
  }
}
