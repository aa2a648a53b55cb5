import { finish, type Steps } from '../../flags/steps.ts';
import type { Entity } from '../../http/entity.ts';
import type { Definitions } from '../definitions/types.ts';
import { compileInSteps } from '../engine/compile.ts';
import type { FlagSet } from '../engine/flag-set.ts';
import { KnownContexts } from '../engine/known-contexts.ts';
import type { EngineEnvironment } from '../engine/strategies/types.ts';
import { type DefinitionsFilter, definitionsDocument } from './definitions-document.ts';
import { type ListKind, ToggleList } from './toggle-list.ts';

/** Everything that requests are answered from, made once per set of definitions. */
export interface ProxyModel {
  readonly set: FlagSet;
  readonly definitions: Definitions;
  /** What queries that come again are answered with. */
  readonly known: KnownContexts;
  /** Writes the toggles of one kind. The list of enabled ones is there at once, the other one from its first use on. */
  list(kind: ListKind): ToggleList;
  /** Memory and number of the finished replies that are kept, all lists together. */
  readonly cached: { readonly bytes: number; readonly limitBytes: number; readonly replies: number };
  /** The definitions document, kept once it was asked for unfiltered. */
  document(filter: DefinitionsFilter): Entity;
}

/**
 * Compiles definitions into a model, in steps.
 *
 * @param kinds lists to make beforehand; others are made at once when first asked for
 * @param cacheBytes most memory for finished replies, per kind of list; a quarter of it is for known contexts
 */
export function* createModelInSteps(
  definitions: Definitions,
  environment: EngineEnvironment,
  kinds: readonly ListKind[],
  cacheBytes: number,
): Steps<ProxyModel> {
  const set = yield* compileInSteps(definitions, environment);
  const replyBytes = Math.floor(cacheBytes * 0.75);
  const known = new KnownContexts(set, set.dynamic, cacheBytes - replyBytes);
  const lists = new Map<ListKind, ToggleList>();
  for (const kind of kinds) lists.set(kind, yield* ToggleList.createInSteps(set, kind, replyBytes));
  let whole: Entity | undefined;
  return {
    set,
    definitions,
    known,
    list: (kind) => {
      let list = lists.get(kind);
      if (list === undefined) {
        list = finish(ToggleList.createInSteps(set, kind, replyBytes));
        lists.set(kind, list);
      }
      return list;
    },
    get cached() {
      const all = [...lists.values()].map(({ cached }) => cached);
      return {
        bytes: all.reduce((sum, { bytes }) => sum + bytes, known.bytes),
        limitBytes: cacheBytes - replyBytes + all.length * replyBytes,
        replies: all.reduce((sum, { replies }) => sum + replies, 0),
      };
    },
    document: (filter) => {
      if (filter.project !== undefined || filter.namePrefix !== undefined) {
        return definitionsDocument(definitions, filter);
      }
      whole ??= definitionsDocument(definitions, {});
      return whole;
    },
  };
}
