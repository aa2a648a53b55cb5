import type { EdgeToken } from './types.ts';

/** Bounds of a token cache. */
export interface TokenCacheLimits {
  /** Most refused tokens remembered; the oldest ones are forgotten first. */
  readonly refused: number;
  /** How long a refusal is remembered. After that, a token is validated again when it is used. */
  readonly refusedForMs: number;
  /** Most accepted tokens; past them, one that was just validated is used and forgotten. */
  readonly accepted: number;
}

/**
 * All tokens that are known, by the text that clients present. Accepted ones stay until they are revoked. Refused ones
 * are forgotten after a while and bounded in number: strangers choose them (specification 27, 1).
 */
export class TokenCache {
  readonly #accepted = new Map<string, EdgeToken>();
  readonly #refused = new Map<string, { readonly token: EdgeToken; readonly untilMs: number }>();
  readonly #limits: TokenCacheLimits;
  readonly #now: () => number;
  readonly #listeners: ((token: EdgeToken) => void)[] = [];
  readonly #changeListeners: (() => void)[] = [];

  /** @param now milliseconds since the epoch */
  constructor(limits: TokenCacheLimits, now: () => number) {
    this.#limits = limits;
    this.#now = now;
  }

  /** Number of accepted tokens. */
  get size(): number {
    return this.#accepted.size;
  }

  /** Number of refusals remembered, expired ones included until they are met. */
  get refusedSize(): number {
    return this.#refused.size;
  }

  /** What is known of a presented text; undefined when it has to be validated. */
  get(presented: string): EdgeToken | undefined {
    const accepted = this.#accepted.get(presented);
    if (accepted !== undefined) return accepted;
    const refused = this.#refused.get(presented);
    if (refused === undefined) return undefined;
    if (refused.untilMs > this.#now()) return refused.token;
    this.#refused.delete(presented);
    return undefined;
  }

  /** Accepted tokens, in the order in which they became known. */
  accepted(): IterableIterator<EdgeToken> {
    return this.#accepted.values();
  }

  /** Tokens that are refused right now. */
  *refused(): Generator<EdgeToken, void, void> {
    for (const { token, untilMs } of this.#refused.values()) if (untilMs > this.#now()) yield token;
  }

  /** Takes a validated or trusted token under the text that clients present. */
  accept(presented: string, token: EdgeToken): void {
    this.#refused.delete(presented);
    const before = this.#accepted.get(presented);
    if (before === undefined && this.#accepted.size >= this.#limits.accepted) return;
    this.#accepted.set(presented, token);
    if (before !== undefined && before !== token) this.#changed();
  }

  /** Remembers a refusal, and forgets that the token was ever accepted. */
  refuse(presented: string, token: EdgeToken): void {
    const wasAccepted = this.#accepted.delete(presented);
    this.#refused.delete(presented);
    if (this.#refused.size >= this.#limits.refused) {
      const [oldest] = this.#refused.keys();
      if (oldest !== undefined) this.#refused.delete(oldest);
    }
    this.#refused.set(presented, { token, untilMs: this.#now() + this.#limits.refusedForMs });
    if (!wasAccepted) return;
    this.#changed();
    for (const listener of this.#listeners) listener(token);
  }

  /** Forgets a refusal, so that the token is validated at its next use. */
  forget(presented: string): void {
    this.#refused.delete(presented);
  }

  /** Calls back when a token that was accepted may do something else from now on, or nothing any more. */
  onChanged(listener: () => void): void {
    this.#changeListeners.push(listener);
  }

  #changed(): void {
    for (const listener of this.#changeListeners) listener();
  }

  /** Calls back when a token that was accepted is so no longer. */
  onRevoked(listener: (token: EdgeToken) => void): void {
    this.#listeners.push(listener);
  }
}
