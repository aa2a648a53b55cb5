import { joinParts, type Part, PartsBuilder } from '../../flags/fragments.ts';
import { ReplyCache } from '../../flags/reply-cache.ts';
import type { Steps } from '../../flags/steps.ts';
import { Entity } from '../../http/entity.ts';
import { FlagPieces, type ListKind } from '../engine/flag-pieces.ts';
import type { FlagSet, Outcomes } from '../engine/flag-set.ts';
import { listedToggle } from './toggle-json.ts';

export type { ListKind } from '../engine/flag-pieces.ts';

export const jsonType = 'application/json; charset=utf-8';

const encoder = new TextEncoder();
const head = encoder.encode('{"toggles":');
const tail = encoder.encode(']}');
const pieces = new FlagPieces(listedToggle);

/**
 * Writes a list of toggles by joining pieces of JSON that were encoded when the definitions changed.
 */
export class ToggleList {
  readonly #parts: readonly Part[];
  readonly #cache: ReplyCache<Entity>;

  private constructor(parts: readonly Part[], cache: ReplyCache<Entity>) {
    this.#parts = parts;
    this.#cache = cache;
  }

  /**
   * Encodes a list's pieces, in steps: yields after each flag.
   *
   * @param cacheBytes most memory for finished replies
   */
  static *createInSteps(set: FlagSet, kind: ListKind, cacheBytes: number): Steps<ToggleList> {
    const parts = new PartsBuilder();
    for (const [position, flag] of set.flags.entries()) {
      pieces.addTo(parts, flag, position, kind);
      yield;
    }
    return new ToggleList(parts.finish(), new ReplyCache(set.dynamic, cacheBytes));
  }

  /** Memory and number of the finished replies that are kept. */
  get cached(): { readonly bytes: number; readonly replies: number } {
    return { bytes: this.#cache.bytes, replies: this.#cache.size };
  }

  /** The reply body for these answers. */
  entity(outcomes: Outcomes): Entity {
    return this.#cache.get(outcomes, () => {
      return new Entity(joinParts(this.#parts, outcomes, head, tail), jsonType);
    });
  }
}
