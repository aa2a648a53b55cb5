import { coversScope, simplify, subsumes } from '../../tokens/cover.ts';
import type { Environments } from '../environments/environments.ts';
import { type CreateTokenSource, cacheKey, type EdgeToken, type SourceReport, type TokenSource } from '../types.ts';

/** What is known about fetching with one token; backstage shows it. Times in milliseconds since the epoch. */
export interface TokenRefresh {
  readonly token: EdgeToken;
  etag: string | undefined;
  nextRefreshMs: number | undefined;
  lastRefreshedMs: number | undefined;
  lastCheckMs: number | undefined;
  failureCount: number;
  lastFeatureCount: number | undefined;
  /** Exchanges by outcome. */
  readonly outcomes: Map<SourceReport['outcome'], number>;
}

interface Entry {
  readonly refresh: TokenRefresh;
  readonly source: TokenSource;
  /** Resolves when the first fetch has ended. */
  readonly first: Promise<void>;
}

/** What fetching with tokens needs. */
export interface RefreshSetOptions {
  readonly environments: Environments;
  readonly createSource: CreateTokenSource;
  readonly now: () => number;
  /** Called when a token is used for fetching for the first time. */
  readonly onRegistered: (token: EdgeToken) => void;
  /** Called after upstream refused a token. */
  readonly onRefused: (token: EdgeToken) => void;
  /** True where a process between this one and upstream answers: what that confirms is told by {@link RefreshSet.confirm}. */
  readonly confirmedElsewhere?: boolean | undefined;
}

/**
 * The tokens that definitions are fetched with: the fewest that cover all registered ones. Each has a source of its
 * own, and what they fetch is merged per environment.
 *
 * Source: Unleash Edge specification 5.5, 14.3, 15, 16.
 */
export class RefreshSet {
  readonly #options: RefreshSetOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #announced = new Set<string>();
  /** Answers of {@link covers}, until the tokens change: the question comes with every request. */
  #covered = new WeakMap<EdgeToken, boolean>();
  /** What {@link confirm} was told, by cache key. */
  readonly #confirmed = new Map<string, number>();
  #stopped = false;

  constructor(options: RefreshSetOptions) {
    this.#options = options;
  }

  /** What is known about each token. */
  get refreshes(): TokenRefresh[] {
    return [...this.#entries.values()].map(({ refresh }) => refresh);
  }

  /** True when the definitions for a client token are being fetched. */
  covers(token: EdgeToken): boolean {
    const known = this.#covered.get(token);
    if (known !== undefined) return known;
    let covered = false;
    for (const { refresh } of this.#entries.values()) covered ||= subsumes(refresh.token, token);
    this.#covered.set(token, covered);
    return covered;
  }

  /** Any token that fetches for an environment. */
  forEnvironment(environment: string): EdgeToken | undefined {
    for (const { refresh } of this.#entries.values()) {
      if ((refresh.token.environment ?? refresh.token.token) === environment) return refresh.token;
    }
    return undefined;
  }

  /**
   * Fetches with a client token from now on, unless others cover it. Tokens that it covers are no longer used.
   *
   * @returns when the first fetch for its scope has ended, whatever its outcome
   */
  register(token: EdgeToken): Promise<void> {
    if (this.#stopped) return Promise.resolve();
    const covering = this.#covering(token);
    if (covering !== undefined) return covering.first;
    if (!this.#announced.has(token.token)) {
      this.#announced.add(token.token);
      this.#options.onRegistered(token);
    }
    const entry = this.#open(token);
    const left = new Set(simplify([...this.#entries.values()].map(({ refresh }) => refresh.token)));
    for (const [key, { refresh, source }] of this.#entries) {
      if (left.has(refresh.token)) continue;
      source.stop();
      this.#entries.delete(key);
    }
    this.#covered = new WeakMap();
    return entry.first;
  }

  /** Stops using a token. Its environment is forgotten when no other token fetches for it. */
  remove(token: string): void {
    const entry = this.#entries.get(token);
    if (entry === undefined) return;
    entry.source.stop();
    this.#entries.delete(token);
    this.#covered = new WeakMap();
    this.#announced.delete(token);
    const key = cacheKey(entry.refresh.token);
    for (const { refresh } of this.#entries.values()) if (cacheKey(refresh.token) === key) return;
    this.#confirmed.delete(key);
    void this.#options.environments.drop(key);
  }

  /** Takes the word of the process that answers here: upstream confirmed an environment then, in milliseconds. */
  confirm(environment: string, ms: number): void {
    this.#confirmed.set(environment, ms);
    for (const { refresh } of this.#entries.values()) {
      if (cacheKey(refresh.token) === environment) refresh.lastCheckMs = ms;
    }
  }

  /** Asks upstream now for everything that an environment consists of. Resolves when that is done. */
  async refresh(environment: string): Promise<void> {
    const own = [...this.#entries.values()].filter(({ refresh }) => cacheKey(refresh.token) === environment);
    await Promise.all(own.map(({ source }) => source.refresh?.()));
  }

  stop(): void {
    this.#stopped = true;
    for (const { source } of this.#entries.values()) source.stop();
  }

  #covering(token: EdgeToken): Entry | undefined {
    const own = this.#entries.get(token.token);
    if (own !== undefined) return own;
    for (const entry of this.#entries.values()) if (coversScope(entry.refresh.token, token)) return entry;
    return undefined;
  }

  #open(token: EdgeToken): Entry {
    const refresh: TokenRefresh = {
      token,
      etag: undefined,
      nextRefreshMs: undefined,
      lastRefreshedMs: undefined,
      lastCheckMs: this.#confirmed.get(cacheKey(token)),
      failureCount: 0,
      lastFeatureCount: undefined,
      outcomes: new Map(),
    };
    const { createSource, environments, onRefused, now, confirmedElsewhere = false } = this.#options;
    const changed = () => {
      refresh.lastFeatureCount = environments.current(cacheKey(token))?.features.length;
    };
    const key = cacheKey(token);
    const isCurrent = () => this.#entries.get(token.token)?.refresh === refresh;
    const source = createSource(token, {
      document: async (document) => {
        if (!isCurrent()) return;
        await environments.merge(token, document);
        changed();
      },
      held: (name) => environments.get(key)?.feature(name),
      events: async (delta) => {
        if (!isCurrent()) return;
        await environments.apply(token, delta as { events?: unknown });
        changed();
      },
      refused: () => {
        if (!isCurrent()) return;
        this.remove(token.token);
        onRefused(token);
      },
      checked: (report) => {
        refresh.etag = report.etag;
        refresh.failureCount = report.failures;
        refresh.nextRefreshMs = report.nextRefreshMs;
        if (report.outcome !== 'failed' && !confirmedElsewhere) refresh.lastCheckMs = now();
        if (report.outcome === 'changed') refresh.lastRefreshedMs = now();
        refresh.outcomes.set(report.outcome, (refresh.outcomes.get(report.outcome) ?? 0) + 1);
      },
    });
    let begin: () => void = () => {};
    const first = new Promise<void>((resolve) => {
      begin = () => void source.start().then(resolve, resolve);
    });
    const entry = { refresh, source, first };
    this.#entries.set(token.token, entry);
    begin();
    return entry;
  }
}
