import { joinParts, type Part, PartsBuilder } from '../../flags/fragments.ts';
import { ReplyCache } from '../../flags/reply-cache.ts';
import type { Steps } from '../../flags/steps.ts';
import { Entity } from '../../http/entity.ts';
import type { FlagSet, Outcomes } from '../engine/flag-set.ts';
import { firstVariant, off, on } from '../engine/outcome.ts';
import { listedToggle } from './toggle-json.ts';

/** Which toggles a list without names holds. */
export type ListKind = 'enabled' | 'all';

export const jsonType = 'application/json; charset=utf-8';

const encoder = new TextEncoder();
const head = encoder.encode('{"toggles":');
const tail = encoder.encode(']}');
const emptyList = encoder.encode('{"toggles":[]}');
const nothing = new Uint8Array();

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
    const dynamic = new Set(set.dynamic);
    const constants = set.createOutcomes();
    set.begin(constants);
    const parts = new PartsBuilder();
    for (const [position, flag] of set.flags.entries()) {
      const fragment = (outcome: number) =>
        outcome === off && kind === 'enabled' ? nothing : encoder.encode(`,${listedToggle(flag, outcome)}`);
      if (dynamic.has(position)) {
        const outcomes = [off, on, ...flag.variants.map((_variant, index) => firstVariant + index)];
        parts.addVarying(position, outcomes.map(fragment));
      } else {
        parts.addConstant(fragment(constants[position] as number));
      }
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
      return new Entity(joinParts(this.#parts, outcomes, head, tail, emptyList), jsonType);
    });
  }
}
