import type { Entity } from '../../http/entity.ts';
import type { Definitions } from '../definitions/types.ts';
import { compileInSteps } from '../engine/compile.ts';
import type { FlagSet } from '../engine/flag-set.ts';
import type { EngineEnvironment } from '../engine/strategies/types.ts';
import { type DefinitionsFilter, definitionsDocument } from './definitions-document.ts';
import { type ListKind, ToggleList } from './toggle-list.ts';

/** Everything that requests are answered from, made once per set of definitions. */
export interface ProxyModel {
  readonly set: FlagSet;
  readonly definitions: Definitions;
  readonly lists: Readonly<Record<ListKind, ToggleList>>;
  /** The definitions document, kept once it was asked for unfiltered. */
  document(filter: DefinitionsFilter): Entity;
}

/**
 * Compiles definitions into a model, in steps.
 *
 * @param cacheBytes most memory for finished replies, per kind of list
 */
export function* createModelInSteps(
  definitions: Definitions,
  environment: EngineEnvironment,
  cacheBytes: number,
): Generator<void, ProxyModel, void> {
  const set = yield* compileInSteps(definitions, environment);
  const enabled = yield* ToggleList.createInSteps(set, 'enabled', cacheBytes);
  const all = yield* ToggleList.createInSteps(set, 'all', cacheBytes);
  let whole: Entity | undefined;
  return {
    set,
    definitions,
    lists: { enabled, all },
    document: (filter) => {
      if (filter.project !== undefined || filter.namePrefix !== undefined) {
        return definitionsDocument(definitions, filter);
      }
      whole ??= definitionsDocument(definitions, {});
      return whole;
    },
  };
}
