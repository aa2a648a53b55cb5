import { logEvents } from '../../flags/events/catalogue.ts';
import { tell } from '../../flags/events/tell.ts';
import type { Logger } from '../../flags/logger.ts';
import type { Timers } from '../../flags/timers.ts';
import { parseToken } from './parse.ts';
import type { TokenCache } from './token-cache.ts';
import type { EdgeToken } from './types.ts';
import type { AskUpstream } from './validate-upstream.ts';
import { TokenValidationError } from './validation-error.ts';

/** What validating needs. */
export interface TokenValidatorOptions {
  readonly cache: TokenCache;
  readonly ask: AskUpstream;
  readonly timers: Timers;
  readonly logger: Logger;
  /** Most questions upstream at once. */
  readonly concurrency: number;
  /** Most tokens in one question. */
  readonly batchSize: number;
  /** Most tokens that wait. Requests with more unknown tokens fail at once. */
  readonly queueLimit: number;
  /** After a question that failed, the same tokens fail for this long without another one. */
  readonly failureForMs: number;
  /** Called after each answered question: there may be something to keep. */
  readonly onAnswered?: (() => void) | undefined;
}

interface Waiting {
  readonly promise: Promise<EdgeToken>;
  readonly resolve: (token: EdgeToken) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Finds out whether tokens are valid. Tokens that arrive while a question is under way share the next one, no token is
 * asked about twice at a time, and the number of questions and of waiting tokens is bounded: strangers choose tokens.
 *
 * Source: Unleash Edge specification 14.2, 16.4; 27, 1.
 */
export class TokenValidator {
  readonly #options: TokenValidatorOptions;
  readonly #waiting = new Map<string, Waiting>();
  readonly #asking = new Map<string, Waiting>();
  readonly #failed = new Map<string, { readonly error: Error; readonly untilMs: number }>();
  #questions = 0;

  constructor(options: TokenValidatorOptions) {
    this.#options = options;
  }

  /** Tokens that wait for an answer. */
  get pending(): number {
    return this.#waiting.size + this.#asking.size;
  }

  /**
   * Validates one token in Unleash format that the cache does not know.
   *
   * @returns the token as it stands now, `Validated` or `Invalid`
   * @throws TokenValidationError when upstream cannot be asked
   */
  validate(token: string): Promise<EdgeToken> {
    const known = this.#waiting.get(token) ?? this.#asking.get(token);
    if (known !== undefined) return known.promise;
    const failed = this.#failed.get(token);
    if (failed !== undefined) {
      if (failed.untilMs > this.#options.timers.now()) return Promise.reject(failed.error);
      this.#failed.delete(token);
    }
    if (this.#waiting.size >= this.#options.queueLimit) {
      return Promise.reject(new TokenValidationError({ kind: 'overloaded' }, 'too many tokens wait for validation'));
    }
    const waiting = createWaiting();
    this.#waiting.set(token, waiting);
    this.#next();
    return waiting.promise;
  }

  /**
   * Validates those of several texts that are not known; the others, and texts in another format, cost nothing.
   *
   * @returns those that are known afterwards, valid or not
   */
  async validateAll(texts: readonly string[]): Promise<EdgeToken[]> {
    const found = await Promise.all(
      [...new Set(texts)].map((text) => {
        const parsed = parseToken(text);
        if (parsed === undefined) return undefined;
        return this.#options.cache.get(parsed.token) ?? this.validate(parsed.token);
      }),
    );
    return found.filter((token) => token !== undefined);
  }

  /**
   * Asks about all validated tokens again, or about some of them; those that are missing from an answer are refused
   * from now on. A question that fails changes nothing. Never rejects.
   */
  async revalidate(only?: readonly string[]): Promise<void> {
    const { cache, ask, batchSize, logger, onAnswered } = this.#options;
    const known = [...cache.accepted()].filter(({ status }) => status === 'Validated').map(({ token }) => token);
    const tokens = only === undefined ? known : known.filter((token) => only.includes(token));
    for (let start = 0; start < tokens.length; start += batchSize) {
      const batch = tokens.slice(start, start + batchSize);
      try {
        const answers = await ask(batch);
        for (const token of batch) this.#settle(token, answers);
        onAnswered?.();
      } catch (error) {
        tell(logger, logEvents.tokensNotRevalidated, `Validated tokens stay as they are: ${(error as Error).message}`);
      }
    }
  }

  #next(): void {
    const { concurrency, batchSize } = this.#options;
    while (this.#questions < concurrency && this.#waiting.size > 0) {
      const batch = [...this.#waiting].slice(0, batchSize);
      for (const [token, waiting] of batch) {
        this.#waiting.delete(token);
        this.#asking.set(token, waiting);
      }
      this.#questions++;
      void this.#question(batch);
    }
  }

  async #question(batch: readonly (readonly [string, Waiting])[]): Promise<void> {
    const { ask, onAnswered, logger } = this.#options;
    try {
      const answers = await ask(batch.map(([token]) => token));
      for (const [token, waiting] of batch) waiting.resolve(this.#settle(token, answers));
      onAnswered?.();
    } catch (error) {
      tell(logger, logEvents.tokensNotValidatedYet, (error as Error).message);
      for (const [token, waiting] of batch) {
        this.#rememberFailure(token, error as Error);
        waiting.reject(error as Error);
      }
    } finally {
      for (const [token] of batch) this.#asking.delete(token);
      this.#questions--;
      this.#next();
    }
  }

  #settle(token: string, answers: readonly EdgeToken[]): EdgeToken {
    const { cache } = this.#options;
    const answer = answers.find((candidate) => candidate.token === token);
    const usable = answer !== undefined && answer.type !== 'invalid' && answer.type !== null;
    if (usable) {
      cache.accept(token, answer);
      return answer;
    }
    // A valid token without a type is refused like an invalid one, but keeps its status (specification 5.7, 14.2).
    const refused: EdgeToken = answer ?? { ...unknown(token), type: 'invalid', status: 'Invalid' };
    cache.refuse(token, refused);
    return refused;
  }

  #rememberFailure(token: string, error: Error): void {
    const { queueLimit, failureForMs, timers } = this.#options;
    if (this.#failed.size >= queueLimit) {
      const [oldest] = this.#failed.keys();
      if (oldest !== undefined) this.#failed.delete(oldest);
    }
    this.#failed.set(token, { error, untilMs: timers.now() + failureForMs });
  }
}

function unknown(token: string): EdgeToken {
  return parseToken(token) ?? { token, type: null, environment: null, projects: [], status: 'Unknown' };
}

function createWaiting(): Waiting {
  let resolve: (token: EdgeToken) => void = () => {};
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<EdgeToken>((fulfil, fail) => {
    resolve = fulfil;
    reject = fail;
  });
  return { promise, resolve, reject };
}
