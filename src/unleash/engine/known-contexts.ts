import type { Context } from './context.ts';
import type { FlagSet, Outcomes } from './flag-set.ts';

/** What the same query was answered with before. */
interface KnownContext {
  readonly context: Context;
  /** The answers that follow from the context; the open ones are pending. */
  readonly outcomes: Outcomes;
  /** Flags that also depend on chance or the clock: they are asked anew each time. */
  readonly open: readonly number[];
  /** The socket's address was part of it: the same query from elsewhere is another context. */
  readonly needsAddress: boolean;
  readonly bytes: number;
}

const seenSlots = 4096;
/** Longer queries are read each time. */
const longestQuery = 2_048;
/** Roughly what an entry takes besides its answers and its text. */
const entryBytes = 700;

/**
 * Remembers the answers to queries that come again, as polling clients send them: 350 flags take Bun 15 µs to
 * evaluate, and a lookup 0.3 µs. Answers that depend on more than the query are never remembered.
 *
 * Bounded in bytes: the newer half stays when it is full. A query is admitted when it is met a second time.
 */
export class KnownContexts {
  readonly #set: FlagSet;
  readonly #positions: readonly number[];
  readonly #halfBytes: number;
  readonly #seen = new Int32Array(seenSlots);
  #newer = new Map<string, KnownContext>();
  #older = new Map<string, KnownContext>();
  #newerBytes = 0;
  #olderBytes = 0;

  /**
   * @param positions the flags that are asked for; others need no answer
   * @param limitBytes most memory that entries may take together
   */
  constructor(set: FlagSet, positions: readonly number[], limitBytes: number) {
    this.#set = set;
    this.#positions = positions;
    // Nobody can tell what a strategy from outside looks at, nor what it does with the context.
    this.#halfBytes = set.isRead('*') ? 0 : limitBytes / 2;
  }

  /** Bytes held in memory. */
  get bytes(): number {
    return this.#newerBytes + this.#olderBytes;
  }

  /** Number of contexts held. */
  get size(): number {
    return this.#newer.size + this.#older.size;
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
    const known = this.#newer.get(query) ?? this.#promoted(query);
    if (known === undefined) return false;
    const { context, open } = known;
    if (known.needsAddress && addressOf(request) !== context.remoteAddress) return false;
    outcomes.set(known.outcomes);
    for (const position of open) this.#set.answer(position, context, outcomes);
    return true;
  }

  /**
   * Remembers what a query means, from the second time on.
   *
   * @param context what was read from it; the caller does not change it any more
   * @param addressGiven true when its address stands in the query, false when it is the socket's
   */
  notice(query: string, context: Context, addressGiven: boolean): void {
    if (query.length > longestQuery || this.#halfBytes === 0) return;
    const hash = hashOf(query);
    const slot = hash & (seenSlots - 1);
    if (this.#seen[slot] !== hash) {
      this.#seen[slot] = hash;
      return;
    }
    const known = this.#learn(query, context, addressGiven);
    if (known.bytes > this.#halfBytes) return;
    this.#newerBytes += known.bytes - (this.#newer.get(query)?.bytes ?? 0);
    this.#newer.set(query, known);
    if (this.#newerBytes > this.#halfBytes) this.#age();
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

  #promoted(query: string): KnownContext | undefined {
    if (this.#older.size === 0) return undefined;
    const known = this.#older.get(query);
    if (known === undefined) return undefined;
    this.#older.delete(query);
    this.#olderBytes -= known.bytes;
    this.#newer.set(query, known);
    this.#newerBytes += known.bytes;
    if (this.#newerBytes > this.#halfBytes) this.#age();
    return known;
  }

  #age(): void {
    this.#older = this.#newer;
    this.#olderBytes = this.#newerBytes;
    this.#newer = new Map();
    this.#newerBytes = 0;
  }
}

function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash ^ (hash >>> 15)) | 0;
}
