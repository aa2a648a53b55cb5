import { logEvents } from '../../flags/events/catalogue.ts';
import { tell } from '../../flags/events/tell.ts';
import type { Logger } from '../../flags/logger.ts';
import type { Timers } from '../../flags/timers.ts';
import type { TokenCache } from './token-cache.ts';
import type { EdgeToken } from './types.ts';
import type { TokenValidator } from './validator.ts';

const pauseMs = 1_000;

/**
 * Validation in the background (`EDGE_DEFER_TOKEN_VALIDATION`): an unknown token is put in line and refused until its
 * answer is there. Unlike in the original, a batch that failed is not lost: its tokens are in line again at their next
 * use, once the refusal is forgotten.
 *
 * Source: Unleash Edge specification 16.5.
 */
export class DeferredValidation {
  readonly #cache: TokenCache;
  readonly #validator: TokenValidator;
  readonly #timers: Timers;
  readonly #logger: Logger;
  readonly #limit: number;
  readonly #queue = new Set<string>();
  #cancel: (() => void) | undefined;

  /** @param limit most tokens in line; further ones have to come again */
  constructor(cache: TokenCache, validator: TokenValidator, timers: Timers, logger: Logger, limit: number) {
    this.#limit = limit;
    this.#cache = cache;
    this.#validator = validator;
    this.#timers = timers;
    this.#logger = logger;
  }

  /** Puts a token in line. Its cached entry is refused from now on. */
  defer(token: EdgeToken): void {
    if (this.#queue.size >= this.#limit) return;
    this.#cache.refuse(token.token, { ...token, type: 'invalid', status: 'Invalid' });
    this.#queue.add(token.token);
    this.#cancel ??= this.#timers.set(() => void this.#run(), pauseMs);
  }

  stop(): void {
    this.#cancel?.();
    this.#queue.clear();
  }

  async #run(): Promise<void> {
    this.#cancel = undefined;
    const tokens = [...this.#queue];
    this.#queue.clear();
    const outcomes = await Promise.allSettled(tokens.map((token) => this.#validator.validate(token)));
    const failed = outcomes.filter(({ status }) => status === 'rejected').length;
    if (failed > 0)
      tell(this.#logger, logEvents.tokensNotValidatedYet, `${failed} tokens could not be validated in the background`);
  }
}
