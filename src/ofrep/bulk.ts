import { negotiateCoding } from '../http/compression.ts';
import type { KeptReply } from '../http/kept-reply.ts';
import type { HttpReply, HttpRequest } from '../http/types.ts';
import type { Asker, Askers } from './askers.ts';
import type { ReadContext } from './body.ts';
import type { BulkList } from './bulk-list.ts';
import { failure } from './errors.ts';
import { digest, matches, readCondition } from './etag.ts';
import { asTypedView } from './find-flag.ts';
import { waitForHint } from './freshness.ts';
import type { OpenList } from './open-list.ts';
import { type RepeatedBody, replyTo } from './repeated-bodies.ts';
import { queryList, undecodable } from './route.ts';
import { type Answered, type CorsHeaders, keptBulkReply, LoanedBulkReplies } from './send.ts';
import type { OfrepSettings } from './settings.ts';
import type { StreamWorld } from './streams/hub.ts';
import type { Answer, EvaluationListener, FlagView, OfrepSource, Subject, TypedView } from './types.ts';
import type { ViewRegister } from './view-register.ts';

/** A request that may have all flags evaluated. */
export interface BulkRequest {
  readonly asker: Asker;
  readonly request: HttpRequest;
  /** As it was sent. */
  readonly body: Uint8Array;
  readonly cors: CorsHeaders;
}

/** What bulk evaluation needs. */
export interface BulkOptions {
  readonly source: OfrepSource;
  readonly settings: OfrepSettings;
  readonly world: StreamWorld;
  readonly askers: Askers;
  readonly register: ViewRegister;
  readonly listener?: EvaluationListener | undefined;
  readonly read: (body: Uint8Array, request: HttpRequest) => ReadContext;
}

/** Most keys that a request can ask for by name; more are as good as all. */
const maximumKeys = 1_000;
const seedRange = 2 ** 31;
/** Query parameters that say what is asked for. */
const selecting = ['keys', 'views'];

/** Evaluation of all flags. */
export interface Bulk {
  evaluate(asked: BulkRequest): Answered | Promise<Answered>;
  /** The reply to a request that came before, counted; undefined where flags have to be looked at. */
  repeat(asker: Asker, request: HttpRequest, body: Uint8Array): HttpReply | undefined;
}

/** Evaluates all flags (OFREP specification 5 and 6). */
export function createBulk(options: BulkOptions): Bulk {
  const { source, settings, world, askers, register, listener, read } = options;
  const loaned = new LoanedBulkReplies();
  const freshen = waitForHint(source, world, settings.refreshWaitMs);

  const count = (view: FlagView): void => {
    view.evaluations.bulk += view.keys.length;
    listener?.bulk(view);
  };

  const replyAgain = (view: FlagView, request: HttpRequest, before: RepeatedBody): HttpReply | undefined => {
    const reply = replyTo(request, before);
    if (reply === undefined) return undefined;
    before.keeping.count?.();
    count(view);
    return reply;
  };

  const respond = (asked: BulkRequest): Answered | Promise<Answered> => {
    const { asker, request, body, cors } = asked;
    const { view, tail, bodies } = asker;
    const key = bodies.keyOf(asker.prefix, body);
    const before = key === undefined ? undefined : bodies.recall(key);
    const again = before && replyAgain(view, request, before);
    if (again !== undefined) return { finished: again };
    before?.keeping.count?.();
    const level = settings.metadata[view.audience];

    const finish = (subject: Subject): Answered => {
      const condition = readCondition(request.header('if-none-match'));
      const seed = condition.seed === undefined ? Math.floor(world.random() * seedRange) : parseSeed(condition.seed);
      const numbers = register.numbersFor(view);
      const hold = view.evaluate(subject, numbers, seed);
      count(view);
      const { keys, views } = selectionOf(request.query);
      const list = register.replies(view).list({ level, hideInactive: settings.hideInactive, keys, views });
      const filter = keys === undefined && views.length === 0 ? '' : digest(filterText(keys, views), 6);
      const tagOf = (hash: string) => `${hash}${tail.tag}${filter}${hold === 'drawn' ? `.${seed.toString(36)}` : ''}`;
      const learn = (reply: KeptReply | undefined): void => {
        if (key === undefined || (before !== undefined && reply === undefined)) return;
        bodies.learn(key, request, subject, view.keeping(subject), reply);
      };
      const countUses = () => settings.countBulk && view.count(subject, evaluatedOf(view, numbers, level));
      // What is drawn is hardly ever the same twice: it is put together for this request, where anything is kept at all.
      if (hold === 'drawn' && settings.replyCacheBytes > 0) {
        learn(undefined);
        const open = before === undefined ? undefined : openList(before, list, numbers, view.open(subject));
        const drawn = open ?? list;
        const etag = tagOf(drawn.hash(numbers));
        if (matches(condition, etag)) return { status: 304, etag: `"${etag}"` };
        if (negotiateCoding(request.header('accept-encoding')) === undefined) {
          countUses();
          const bytes = drawn.join(numbers, tail, loaned.memory.take);
          return { finished: loaned.reply(cors.headers, `"${etag}"`, bytes) };
        }
      }
      const reply = list.reply(numbers, tail);
      const tag = tagOf(reply.hash);
      const status = matches(condition, tag) ? 304 : 200;
      const answer = { status, entity: reply.entity(tail), etag: `"${tag}"` } as const;
      if (status === 200) countUses();
      // The tag tells what was drawn, which is of this request only.
      const finished = hold === 'drawn' ? undefined : keptBulkReply(request, cors.headers, answer);
      // Whoever wants every flag counted pays for the evaluation.
      const lasting = hold === 'fixed' && cors.isSteady && !settings.countBulk ? finished : undefined;
      learn(lasting);
      return finished === undefined ? answer : { finished };
    };

    if (before !== undefined) return finish(before.subject);
    const found = read(body, request);
    if (found.failure !== undefined) return found;
    const subject = view.subject(found.context, request, level);
    return subject instanceof Promise ? subject.then(finish) : finish(subject);
  };

  return {
    repeat({ view, bodies, prefix }, request, body) {
      const key = bodies.keyOf(prefix, body);
      const before = key === undefined ? undefined : bodies.recall(key);
      return before && replyAgain(view, request, before);
    },
    evaluate(asked) {
      const { query } = asked.request;
      // Without its filter the request would be answered with more than it asks for.
      const broken = query === '' ? undefined : undecodable(query, selecting);
      if (broken !== undefined) {
        return { failure: failure(400, 'GENERAL', `the query parameter "${broken}" is not percent-encoded correctly`) };
      }
      const waiting = query === '' ? undefined : freshen(asked.asker.view, query);
      if (waiting === undefined) return respond(asked);
      return waiting.then(async () => {
        const { asker, request, cors } = asked;
        const { view = asker.view } = await source.authorize(asker.credential, request);
        return respond({ ...asked, asker: askers.of(view, asker.credential, request, cors) });
      });
    },
  };
}

/** Looked up with the request: by its answers, all of them would have to be looked at. */
function openList(
  request: RepeatedBody,
  list: BulkList,
  numbers: Uint16Array,
  positions: readonly number[] | undefined,
): OpenList | undefined {
  if (positions === undefined) return undefined;
  let known = request.open?.deref();
  if (known === undefined) {
    known = list.open(numbers, positions);
    request.open = known && new WeakRef(known);
  }
  return known;
}

function parseSeed(text: string): number {
  return Number.parseInt(text, 36) % seedRange;
}

function selectionOf(query: string): { keys: ReadonlySet<string> | undefined; views: readonly TypedView[] } {
  if (query === '') return { keys: undefined, views: [] };
  const keys = queryList(query, 'keys');
  const views = (queryList(query, 'views') ?? []).flatMap((name) => asTypedView(name) ?? []);
  return {
    keys: keys === undefined || keys.length > maximumKeys ? undefined : new Set(keys),
    views: [...new Set(views)].sort(),
  };
}

function filterText(keys: ReadonlySet<string> | undefined, views: readonly TypedView[]): string {
  return JSON.stringify([keys === undefined ? null : [...keys].sort(), views]);
}

function* evaluatedOf(
  view: FlagView,
  numbers: Uint16Array,
  level: 'none' | 'basic' | 'full',
): Generator<readonly [number, Answer]> {
  for (const [position, number] of numbers.entries()) {
    const answer = view.answer(position, number, level);
    if (!answer.hidden) yield [position, answer];
  }
}
