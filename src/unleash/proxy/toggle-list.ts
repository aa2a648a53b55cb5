import { joinParts, type Part, PartsBuilder } from '../../flags/fragments.ts';
import { ReplyCache } from '../../flags/reply-cache.ts';
import type { Steps } from '../../flags/steps.ts';
import { Entity } from '../../http/entity.ts';
import type { CompiledFlag } from '../engine/flag.ts';
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

/** A flag that did not change is not encoded again for the next set. */
const encodedFlags = new WeakMap<CompiledFlag, readonly Uint8Array[]>();

/** A flag's pieces of JSON by outcome. */
function piecesOf(flag: CompiledFlag): readonly Uint8Array[] {
  let pieces = encodedFlags.get(flag);
  if (pieces === undefined) {
    const outcomes = [off, on, ...flag.variants.map((_variant, index) => firstVariant + index)];
    pieces = outcomes.map((outcome) => encoder.encode(`,${listedToggle(flag, outcome)}`));
    encodedFlags.set(flag, pieces);
  }
  return pieces;
}

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
      const pieces = piecesOf(flag);
      const shown = kind === 'all' ? pieces : [nothing, ...pieces.slice(1)];
      if (dynamic.has(position)) parts.addVarying(position, shown);
      else parts.addConstant(shown[constants[position] as number] as Uint8Array);
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
