import { ReplyCache } from '../../flags/reply-cache.ts';
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
const emptyList = '{"toggles":[]}';
const openBracket = 0x5b;
const nothing = new Uint8Array();

/** The fragments of one flag by outcome, or the bytes of neighbouring flags whose answers never differ. */
type Part = { readonly position: number; readonly fragments: readonly Uint8Array[] } | Uint8Array;

/**
 * Writes a list of toggles by joining pieces of JSON that were encoded when the definitions changed. Every piece starts
 * with a comma; the first one's is turned into the opening bracket.
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
  static *createInSteps(set: FlagSet, kind: ListKind, cacheBytes: number): Generator<void, ToggleList, void> {
    const dynamic = new Set(set.dynamic);
    const constants = set.createOutcomes();
    set.begin(constants);
    const parts: Part[] = [];
    let run: Uint8Array[] = [];
    const closeRun = () => {
      if (run.length > 0) parts.push(Buffer.concat(run));
      run = [];
    };
    for (const [position, flag] of set.flags.entries()) {
      const fragment = (outcome: number) =>
        outcome === off && kind === 'enabled' ? nothing : encoder.encode(`,${listedToggle(flag, outcome)}`);
      if (dynamic.has(position)) {
        closeRun();
        const outcomes = [off, on, ...flag.variants.map((_variant, index) => firstVariant + index)];
        parts.push({ position, fragments: outcomes.map(fragment) });
      } else {
        run.push(fragment(constants[position] as number));
      }
      yield;
    }
    closeRun();
    return new ToggleList(parts, new ReplyCache(set.dynamic, cacheBytes));
  }

  /** Memory and number of the finished replies that are kept. */
  get cached(): { readonly bytes: number; readonly replies: number } {
    return { bytes: this.#cache.bytes, replies: this.#cache.size };
  }

  /** The reply body for these answers. */
  entity(outcomes: Outcomes): Entity {
    return this.#cache.get(outcomes, () => new Entity(this.#join(outcomes), jsonType));
  }

  #join(outcomes: Outcomes): Uint8Array | string {
    let length = head.length + tail.length;
    for (const part of this.#parts) length += fragmentOf(part, outcomes).length;
    if (length === head.length + tail.length) return emptyList;
    const bytes = Buffer.allocUnsafe(length);
    bytes.set(head);
    let offset = head.length;
    for (const part of this.#parts) {
      const fragment = fragmentOf(part, outcomes);
      bytes.set(fragment, offset);
      offset += fragment.length;
    }
    bytes[head.length] = openBracket;
    bytes.set(tail, offset);
    return bytes;
  }
}

function fragmentOf(part: Part, outcomes: Outcomes): Uint8Array {
  return 'fragments' in part ? (part.fragments[outcomes[part.position] as number] as Uint8Array) : part;
}
