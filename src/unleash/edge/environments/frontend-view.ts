import type { EvaluationCounts } from '../../../flags/evaluations.ts';
import { joinParts, type Part, PartsBuilder } from '../../../flags/fragments.ts';
import { ReplyCache } from '../../../flags/reply-cache.ts';
import { finish, type Steps } from '../../../flags/steps.ts';
import { ReplyMemory } from '../../../http/loaned-reply.ts';
import type { Context } from '../../engine/context.ts';
import type { CompiledFlag } from '../../engine/flag.ts';
import { FlagPieces, type ListKind } from '../../engine/flag-pieces.ts';
import type { FlagSet, Outcomes } from '../../engine/flag-set.ts';
import { KnownContexts } from '../../engine/known-contexts.ts';
import type { Repeats } from '../api/answers.ts';
import { EdgeEntity, PassingEntity, type Tagger } from '../api/entity.ts';
import { toggleJson } from './toggle-json.ts';

export type { ListKind };

const listKinds = ['enabled', 'all'] as const satisfies readonly ListKind[];

const encoder = new TextEncoder();
const head = encoder.encode('{"toggles":');
const tail = encoder.encode(']}');

/** For replies that are not kept, of all environments: up to 2 MiB, enough for some of 5,000 flags (344 kB). */
const memory = new ReplyMemory(2 * 1024 * 1024, 512 * 1024);

const pieces = new FlagPieces(toggleJson);

/** What the credentials of one scope see of an environment in the frontend API. */
export class FrontendView {
  /** Most memory for finished replies, in bytes. */
  readonly cacheLimitBytes: number;
  /** Counts replies that were sent again without asking. Holds nothing of the view, which may be let go before it. */
  readonly repeats: Repeats;
  readonly #set: FlagSet;
  readonly #positions: readonly number[];
  readonly #dynamic: readonly number[];
  /** What replies are joined from; of a kind that nobody asked for there is none. */
  readonly #parts: Record<ListKind, readonly Part[] | undefined> = { enabled: undefined, all: undefined };
  readonly #caches: Readonly<Record<ListKind, ReplyCache<EdgeEntity>>>;
  readonly #known: KnownContexts;
  readonly #tagger: Tagger;
  /** Reused between requests: evaluation is synchronous, and what is made of it does not refer to it. */
  readonly #outcomes: Outcomes;
  readonly #counts: EvaluationCounts;

  /**
   * @param positions the flags that the scope sees, in the set's order
   * @param outcomes room for the answers of the whole set
   * @param cacheBytes most memory for finished replies, per kind of list; a quarter of it is for known contexts
   * @param counts where evaluations are counted
   */
  constructor(
    set: FlagSet,
    positions: readonly number[],
    outcomes: Outcomes,
    tagger: Tagger,
    cacheBytes: number,
    counts: EvaluationCounts,
  ) {
    this.#counts = counts;
    this.#positions = positions;
    this.repeats = countRepeats(counts, positions.length);
    this.#set = set;
    this.#outcomes = outcomes;
    this.#tagger = tagger;
    this.#dynamic = positions.filter((position) => set.flags[position]?.settled === undefined);
    const replyBytes = Math.floor(cacheBytes * 0.75);
    this.#caches = {
      enabled: new ReplyCache(this.#dynamic, replyBytes),
      all: new ReplyCache(this.#dynamic, replyBytes),
    };
    this.cacheLimitBytes = cacheBytes + replyBytes;
    this.#known = new KnownContexts(set, this.#dynamic, cacheBytes - replyBytes);
  }

  /** Prepares, in steps, the kinds of lists that another view was asked for. */
  *makeReady(used: FrontendView): Steps<void> {
    for (const kind of listKinds) if (used.#parts[kind] !== undefined) this.#parts[kind] = yield* this.#join(kind);
  }

  /** Memory of finished replies in bytes. */
  get cachedBytes(): number {
    return this.#caches.enabled.bytes + this.#caches.all.bytes + this.#known.bytes;
  }

  /** True when a context field can change an answer. */
  isRead(field: string): boolean {
    return this.#set.isRead(field);
  }

  /** Evaluates what the scope sees and finds or writes the reply. */
  list(kind: ListKind, context: Context): EdgeEntity {
    const outcomes = this.#outcomes;
    const set = this.#set;
    set.begin(outcomes);
    set.answerAll(this.#dynamic, context, outcomes);
    return this.#reply(kind);
  }

  /** The reply to a query that was noticed before; undefined when it has to be read. */
  recall<Request>(
    kind: ListKind,
    query: string,
    addressOf: (request: Request) => string | undefined,
    request: Request,
  ): EdgeEntity | undefined {
    return this.#known.recall(query, this.#outcomes, addressOf, request) ? this.#reply(kind) : undefined;
  }

  /** Tells what a query means, for {@link recall}. */
  notice(query: string, context: Context, addressGiven: boolean): void {
    this.#known.notice(query, context, addressGiven);
  }

  /** True for a query whose reply stays the same as long as the view is used, whoever asks. */
  isFixed(query: string): boolean {
    return this.#known.isFixed(query);
  }

  /** Finds or writes the reply for the outcomes of the moment. */
  #reply(kind: ListKind): EdgeEntity {
    this.#counts.bulk += this.#positions.length;
    const outcomes = this.#outcomes;
    return this.#caches[kind].get(outcomes, (isHeld) => {
      this.#parts[kind] ??= finish(this.#join(kind));
      return isHeld
        ? new EdgeEntity(joinParts(this.#parts[kind], outcomes, head, tail), this.#tagger)
        : new PassingEntity(joinParts(this.#parts[kind], outcomes, head, tail, memory.take), this.#tagger, memory);
    });
  }

  *#join(kind: ListKind): Steps<readonly Part[]> {
    const builder = new PartsBuilder();
    for (const position of this.#positions) {
      pieces.addTo(builder, this.#set.flags[position] as CompiledFlag, position, kind);
      yield;
    }
    return builder.finish();
  }

  /** One flag by its position in the set. */
  toggle(position: number, context: Context): EdgeEntity | undefined {
    const flag = this.#set.flags[position];
    if (flag === undefined) return undefined;
    this.#counts.single++;
    this.#set.begin(this.#outcomes);
    return new EdgeEntity(toggleJson(flag, this.#set.answer(position, context, this.#outcomes)), this.#tagger);
  }
}

function countRepeats(counts: EvaluationCounts, size: number): Repeats {
  return {
    repeated() {
      counts.bulk += size;
    },
  };
}
