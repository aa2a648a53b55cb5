import { logEvents } from '../../../flags/events/catalogue.ts';
import { tell } from '../../../flags/events/tell.ts';
import type { Logger } from '../../../flags/logger.ts';
import type { Timers } from '../../../flags/timers.ts';
import type { ClientFeatures, EdgeStore, EdgeToken } from '../types.ts';

/** What saving needs. */
export interface SaverOptions {
  readonly store: EdgeStore;
  readonly intervalMs: number;
  /** Limit for one operation, over what the store itself allows. */
  readonly limitMs: number;
  /** All tokens to keep: the validated ones. */
  readonly tokens: () => readonly EdgeToken[];
  /**
   * True once upstream has answered: no tokens then means that all were revoked, and is kept, so that they stay refused
   * after a restart. Before that it only means that nothing is known.
   */
  readonly tokensAreKnown?: (() => boolean) | undefined;
  readonly features: () => ReadonlyMap<string, ClientFeatures>;
  /** When an environment last changed, in milliseconds since the epoch. */
  readonly changedAtMs: (cacheKey: string) => number | undefined;
  readonly timers: Timers;
  readonly logger: Logger;
}

/**
 * Keeps state in intervals and at the end. What has not changed since it was kept is not written again, empty state
 * never replaces a good one, and a store that fails is asked again at the next interval. At most one operation is under
 * way, so a store that hangs costs one pending write and nothing more.
 *
 * Source: Unleash Edge specification 17.1.
 */
export class StateSaver {
  /** Operations that failed since the start. */
  failures = 0;
  readonly #options: SaverOptions;
  #keptTokens = '';
  #keptFeatures: ReadonlyMap<string, ClientFeatures> = new Map();
  #cancelNext: () => void = () => undefined;
  #saving: Promise<void> = Promise.resolve();
  #failing = false;
  #stopped = false;
  /** True once there were tokens: a process that never had any has nothing to say about those that are kept. */
  #held: boolean;

  constructor(options: SaverOptions) {
    this.#options = options;
    this.#held = options.tokens().length > 0;
  }

  /** Starts the intervals. */
  start(): void {
    this.#cancelNext = this.#options.timers.set(() => {
      void this.save().then(() => {
        if (!this.#stopped) this.start();
      });
    }, this.#options.intervalMs);
  }

  /** Keeps what changed. Resolves when done; never rejects. Calls queue up one behind the other. */
  save(): Promise<void> {
    this.#saving = this.#saving.then(() => this.#save());
    return this.#saving;
  }

  /** Ends the intervals and keeps what changed, once. Resolves when done, or `deadlineMs` have passed. */
  async stop(deadlineMs: number): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#cancelNext();
    await this.#limited(this.save(), deadlineMs).catch(() => undefined);
  }

  async #save(): Promise<void> {
    const attempts = await this.#saveChanges();
    if (attempts.includes(false)) this.#failing = true;
    if (attempts.length === 0 || attempts.includes(false) || !this.#failing) return;
    const { store, logger } = this.#options;
    this.#failing = false;
    tell(logger, logEvents.stateKeptAgain, `State is kept again in ${store.description}`);
  }

  /** @returns for each part that was to be written whether it was. A part that was not is written with the next save */
  async #saveChanges(): Promise<boolean[]> {
    const attempts: boolean[] = [];
    const { store, tokens, tokensAreKnown, features, changedAtMs } = this.#options;
    const currentTokens = tokens();
    const text = JSON.stringify(currentTokens);
    this.#held ||= currentTokens.length > 0;
    const allRevoked = this.#held && tokensAreKnown?.() === true;
    if (text !== this.#keptTokens && (currentTokens.length > 0 || allRevoked)) {
      const saved = await this.#attempt('tokens', () => store.saveTokens(currentTokens));
      if (saved) this.#keptTokens = text;
      attempts.push(saved);
    }
    const currentFeatures = new Map(features());
    if (currentFeatures.size > 0 && !sameDocuments(currentFeatures, this.#keptFeatures)) {
      const times = [...currentFeatures.keys()].map((key) => [key, changedAtMs(key) ?? 0] as const);
      const saved = await this.#attempt('features', async () => {
        await store.saveFeatures(currentFeatures);
        await store.saveChangeTimes(new Map(times));
      });
      if (saved) this.#keptFeatures = currentFeatures;
      attempts.push(saved);
    }
    return attempts;
  }

  async #attempt(what: string, operation: () => Promise<void>): Promise<boolean> {
    const { store, logger, limitMs } = this.#options;
    try {
      await this.#limited(operation(), limitMs);
      return true;
    } catch (error) {
      this.failures++;
      tell(
        logger,
        logEvents.stateNotKept,
        `The ${what} could not be kept in ${store.description}: ${(error as Error)?.message}`,
      );
      return false;
    }
  }

  #limited(work: Promise<void>, limitMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const cancel = this.#options.timers.set(() => reject(new Error(`not done within ${limitMs} ms`)), limitMs);
      work.then(resolve, reject).finally(cancel);
    });
  }
}

/** Documents are immutable, so the same reference means the same content. */
function sameDocuments(left: ReadonlyMap<string, ClientFeatures>, right: ReadonlyMap<string, ClientFeatures>): boolean {
  if (left.size !== right.size) return false;
  for (const [key, document] of left) if (right.get(key) !== document) return false;
  return true;
}
