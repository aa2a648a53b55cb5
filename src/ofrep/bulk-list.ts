import { joinParts, type Part, PartsBuilder } from '../flags/fragments.ts';
import { ReplyCache } from '../flags/reply-cache.ts';
import { BulkReply, bulkHead, type Tail } from './bulk-reply.ts';
import { emptyHash, hashOf, hashText, hashWith, type ListHash, sumOf } from './list-hash.ts';
import { OpenList, type Take } from './open-list.ts';
import { renderEntry } from './render.ts';
import { type FlagView, type MetadataLevel, openAnswer, passingAnswer, type TypedView } from './types.ts';

/** Which entries a bulk reply has. */
export interface BulkSelection {
  readonly level: MetadataLevel;
  readonly hideInactive: boolean;
  /** Only these keys; undefined for all. */
  readonly keys: ReadonlySet<string> | undefined;
  /** Entries to add for each flag. */
  readonly views: readonly TypedView[];
}

/** One entry of a list, with what was made of its answers so far. */
export interface Entry {
  readonly key: string;
  readonly position: number;
  readonly view: TypedView | undefined;
  /** Pieces of JSON by number of the answer, made when first needed, and what they hash to. */
  readonly fragments: Uint8Array[];
  readonly hashes: ListHash[];
}

const encoder = new TextEncoder();
const nothing = new Uint8Array();
/**
 * One miss of so many makes an {@link OpenList}, which takes as long as joining two replies: where more users come again
 * than there is room for, it must not be made for each of them in turn.
 */
const missesPerList = 16;

/** Writes one kind of bulk reply for one view, by joining pieces that were encoded before. */
export class BulkList {
  readonly #view: FlagView;
  readonly #selection: BulkSelection;
  readonly #varying: readonly Entry[];
  readonly #parts: readonly Part[];
  readonly #cache: ReplyCache<BulkReply | OpenList>;
  /** Of the entries that never differ. */
  readonly #constantHash: ListHash;
  /** How often no {@link OpenList} was there. */
  #misses = 0;

  /** @param cacheBytes most memory for finished replies */
  constructor(view: FlagView, selection: BulkSelection, cacheBytes: number) {
    this.#view = view;
    this.#selection = selection;
    const varying: Entry[] = [];
    const constants: ListHash[] = [];
    const builder = new PartsBuilder();
    for (const entry of entriesOf(view, selection)) {
      const constant = view.constant(entry.position, selection.level);
      if (constant === undefined) {
        varying.push(entry);
        builder.addVarying(entry.position, entry.fragments);
      } else {
        this.#render(entry, constant);
        builder.addConstant(entry.fragments[constant] ?? nothing);
        constants.push(entry.hashes[constant] ?? emptyHash);
      }
    }
    this.#constantHash = sumOf(constants);
    this.#varying = varying;
    this.#parts = builder.finish();
    const positions = [...new Set(varying.map(({ position }) => position))];
    this.#cache = new ReplyCache(positions, cacheBytes);
  }

  /** Memory of finished replies in bytes. */
  get cachedBytes(): number {
    return this.#cache.bytes;
  }

  /** The reply for some answers, by their numbers; made with a tail where it is not kept yet. */
  reply(numbers: Uint16Array, tail: Tail): BulkReply {
    const make = () => this.#make(numbers, tail);
    if (this.#varying.some(({ position }) => numbers[position] === passingAnswer)) return make();
    return this.#cache.get(numbers, make) as BulkReply;
  }

  /** Stands for the list with these answers in entity tags. */
  hash(numbers: Uint16Array): string {
    this.#renderNew(this.#varying, numbers);
    return hashText(this.#hashOf(this.#varying, numbers));
  }

  /** The whole reply with answers that {@link hash} was asked about. */
  join(numbers: Uint16Array, tail: Tail, take: Take): Uint8Array {
    return joinParts(this.#parts, numbers, bulkHead, tail.bytes, take);
  }

  /**
   * A shorter list for answers of which a few are open: good for these and for others of the open ones. Kept by the
   * settled ones, which must not be passing; undefined where it is not there yet.
   *
   * @param positions of the open flags
   */
  open(numbers: Uint16Array, positions: readonly number[]): OpenList | undefined {
    const drawn = positions.map((position) => numbers[position] as number);
    for (const position of positions) numbers[position] = openAnswer;
    const found = this.#cache.find(numbers) ?? this.#learnOpen(numbers);
    for (const [i, position] of positions.entries()) numbers[position] = drawn[i] as number;
    return found as OpenList | undefined;
  }

  #learnOpen(numbers: Uint16Array): BulkReply | OpenList | undefined {
    this.#misses++;
    return this.#misses % missesPerList === 0 ? this.#cache.get(numbers, () => this.#makeOpen(numbers)) : undefined;
  }

  #make(numbers: Uint16Array, tail: Tail): BulkReply {
    this.#renderNew(this.#varying, numbers);
    const hash = hashText(this.#hashOf(this.#varying, numbers));
    return new BulkReply(joinParts(this.#parts, numbers, bulkHead, tail.bytes), tail, hash);
  }

  #makeOpen(numbers: Uint16Array): OpenList {
    const isOpen = ({ position }: { readonly position: number }) => numbers[position] === openAnswer;
    const settled = this.#varying.filter((entry) => !isOpen(entry));
    this.#renderNew(settled, numbers);
    const builder = new PartsBuilder();
    for (const part of this.#parts) {
      if (part instanceof Uint8Array) builder.addConstant(part);
      else if (isOpen(part)) builder.addVarying(part.position, part.fragments);
      else builder.addConstant(part.fragments[numbers[part.position] as number] ?? nothing);
    }
    const entries = this.#varying.filter(isOpen);
    return new OpenList(builder.finish(), entries, this.#hashOf(settled, numbers), (open, of) =>
      this.#renderNew(open, of),
    );
  }

  #hashOf(varying: readonly Entry[], numbers: Uint16Array): ListHash {
    return hashWith(this.#constantHash, varying, numbers);
  }

  #renderNew(entries: readonly Entry[], numbers: Uint16Array): void {
    for (const entry of entries) {
      const number = numbers[entry.position] as number;
      if (entry.fragments[number] === undefined || number === passingAnswer) this.#render(entry, number);
    }
  }

  #render({ key, position, view, fragments, hashes }: Entry, number: number): void {
    const answer = this.#view.answer(position, number, this.#selection.level);
    const isShown = !answer.hidden && (answer.active || !this.#selection.hideInactive);
    const fragment = isShown ? encoder.encode(`,${renderEntry(key, answer, view, undefined).json}`) : nothing;
    fragments[number] = fragment;
    hashes[number] = isShown ? hashOf(fragment) : emptyHash;
  }
}

/** In ascending order of keys. Views of a key that exists by itself are that key. */
function entriesOf(view: FlagView, { keys, views }: BulkSelection): Entry[] {
  const entries: Entry[] = [];
  for (const [position, key] of view.keys.entries()) {
    if (keys === undefined || keys.has(key))
      entries.push({ key, position, view: undefined, fragments: [], hashes: [] });
    for (const typed of views) {
      const typedKey = `${key}:${typed}`;
      const isWanted = keys === undefined || keys.has(key) || keys.has(typedKey);
      if (isWanted && view.find(typedKey) < 0)
        entries.push({ key: typedKey, position, view: typed, fragments: [], hashes: [] });
    }
  }
  return views.length === 0 ? entries : entries.sort((a, b) => (a.key < b.key ? -1 : 1));
}
