import type { HttpRequest } from '../http/types.ts';
import { digest, matches, readCondition } from './etag.ts';
import { asTypedView } from './find-flag.ts';
import { waitForHint } from './freshness.ts';
import type { Answered } from './handler.ts';
import { queryList } from './route.ts';
import type { OfrepSettings } from './settings.ts';
import type { StreamWorld } from './streams/hub.ts';
import type { Tails } from './tails.ts';
import type { Answer, ContextMembers, FlagView, OfrepSource, Subject, TypedView } from './types.ts';
import type { ViewRegister } from './view-register.ts';

/** A request that may have all flags evaluated. */
export interface BulkRequest {
  readonly view: FlagView;
  readonly credential: string;
  readonly context: ContextMembers;
  readonly request: HttpRequest;
}

/** What bulk evaluation needs. */
export interface BulkOptions {
  readonly source: OfrepSource;
  readonly settings: OfrepSettings;
  readonly publicBase: (request: HttpRequest) => string | undefined;
  readonly world: StreamWorld;
  readonly tails: Tails;
  readonly register: ViewRegister;
}

/** Most keys that a request can ask for by name; more are as good as all. */
const maximumKeys = 1_000;
const seedRange = 2 ** 31;

/** Evaluates all flags (OFREP specification 5 and 6). */
export function createBulk(options: BulkOptions): (asked: BulkRequest) => Answered | Promise<Answered> {
  const { source, settings, publicBase, world, tails, register } = options;
  const freshen = waitForHint(source, world, settings.refreshWaitMs);

  const evaluate = (asked: BulkRequest): Answered | Promise<Answered> => {
    const { view, context, request } = asked;
    const condition = readCondition(request.header('if-none-match'));
    const seed = condition.seed === undefined ? Math.floor(world.random() * seedRange) : parseSeed(condition.seed);
    const level = settings.metadata[view.audience];
    const finish = (subject: Subject): Answered => {
      const numbers = register.numbersFor(view);
      const byChance = view.evaluate(subject, numbers);
      view.evaluations.bulk += numbers.length;
      const { keys, views } = selectionOf(request.query);
      const list = register.replies(view).list({ level, hideInactive: settings.hideInactive, keys, views });
      const tail = tails.get(view, asked.credential, publicBase(request));
      const reply = list.reply(numbers, tail);
      const filter = keys === undefined && views.length === 0 ? '' : digest(filterText(keys, views), 6);
      const bare = `${reply.hash}${tail.tag}${filter}`;
      const tag = byChance ? `${bare}.${seed.toString(36)}` : bare;
      const etag = `"${tag}"`;
      const entity = reply.entity(tail);
      if (matches(condition, tag)) return { status: 304, entity, etag };
      if (settings.countBulk) view.count(subject, evaluatedOf(view, numbers, level));
      return { status: 200, entity, etag };
    };
    const subject = view.subject(context, request, level, seed);
    return subject instanceof Promise ? subject.then(finish) : finish(subject);
  };

  return (asked) => {
    const { query } = asked.request;
    const waiting = query === '' ? undefined : freshen(asked.view, query);
    if (waiting === undefined) return evaluate(asked);
    return waiting.then(async () => {
      const access = await source.authorize(asked.credential, asked.request);
      return evaluate(access.view === undefined ? asked : { ...asked, view: access.view });
    });
  };
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
