import { RecentEntries, type Weighed } from '../../flags/recent-entries.ts';
import type { Context } from './context.ts';
import type { FlagSet, Outcomes } from './flag-set.ts';

/** What the same query was answered with before. */
interface KnownContext extends Weighed {
  readonly context: Context;
  /** The answers that follow from the context; the open ones are pending. */
  readonly outcomes: Outcomes;
  /** Flags that also depend on chance or the clock: they are asked anew each time. */
  readonly open: readonly number[];
  /** The socket's address was part of it: the same query from elsewhere is another context. */
  readonly needsAddress: boolean;
}

/** Longer queries are read each time. */
const longestQuery = 2_048;
/** Roughly what an entry takes besides its answers and its text. */
const entryBytes = 700;

/**
 * Remembers the answers to queries that come again, as polling clients send them: 350 flags take Bun 6 µs to
 * evaluate, and a lookup 0.3 µs. Answers that depend on more than the query are never remembered.
 *
 * Bounded in bytes. A query is admitted when it is met a second time.
 */
export class KnownContexts {
  readonly #set: FlagSet;
  readonly #positions: readonly number[];
  readonly #recent: RecentEntries<KnownContext>;

  /**
   * @param positions the flags that are asked for; others need no answer
   * @param limitBytes most memory that entries may take together
   */
  constructor(set: FlagSet, positions: readonly number[], limitBytes: number) {
    this.#set = set;
    this.#positions = positions;
    // Nobody can tell what a strategy from outside looks at, nor what it does with the context.
    this.#recent = new RecentEntries(set.isRead('*') ? 0 : limitBytes);
  }

  /** Bytes held in memory. */
  get bytes(): number {
    return this.#recent.bytes;
  }

  /** Number of contexts held. */
  get size(): number {
    return this.#recent.size;
  }

  /**
   * Fills in the outcomes of a query that was met before.
   *
   * @param addressOf finds the address for {@link notice}; asked only where it matters
   * @returns false when the query has to be read
   */
  recall<Request>(
    query: string,
    outcomes: Outcomes,
    addressOf: (request: Request) => string | undefined,
    request: Request,
  ): boolean {
    const known = this.#recent.get(query);
    if (known === undefined) return false;
    const { context, open } = known;
    if (known.needsAddress && addressOf(request) !== context.remoteAddress) return false;
    outcomes.set(known.outcomes);
    for (const position of open) this.#set.answer(position, context, outcomes);
    return true;
  }

  /** True for a query that is known to depend on nothing else: neither chance, nor the clock, nor the address. */
  isFixed(query: string): boolean {
    const known = this.#recent.get(query);
    return known !== undefined && known.open.length === 0 && !known.needsAddress;
  }

  /**
   * Remembers what a query means, from the second time on.
   *
   * @param context what was read from it; the caller does not change it any more
   * @param addressGiven true when its address stands in the query, false when it is the socket's
   */
  notice(query: string, context: Context, addressGiven: boolean): void {
    if (query.length > longestQuery || !this.#recent.isMetAgain(query)) return;
    // Known from another address: to learn it anew each time would cost many clients with one query more than it saves.
    if (this.#recent.get(query) !== undefined) return;
    this.#recent.set(query, this.#learn(query, context, addressGiven));
  }

  #learn(query: string, context: Context, addressGiven: boolean): KnownContext {
    let askedForAddress = false;
    // An own property in the address's place tells whether anything looks at it for this context at all.
    const traced = Object.defineProperty({ ...context }, 'remoteAddress', {
      get: () => {
        askedForAddress = true;
        return context.remoteAddress;
      },
    });
    const { outcomes, open } = this.#set.settle(traced, this.#positions);
    const mayAsk = askedForAddress || (open.length > 0 && this.#set.isRead('remoteAddress'));
    const bytes = outcomes.byteLength + 2 * open.length + 2 * query.length + entryBytes;
    return { context, outcomes, open, needsAddress: !addressGiven && mayAsk, bytes };
  }
}
