import { joinParts, type Part, PartsBuilder } from '../flags/fragments.ts';
import { ReplyCache } from '../flags/reply-cache.ts';
import { BulkReply, bulkHead, type Tail } from './bulk-reply.ts';
import { emptyHash, hashOf, hashText, type ListHash, sumOf } from './list-hash.ts';
import { renderEntry } from './render.ts';
import { type FlagView, type MetadataLevel, passingAnswer, type TypedView } from './types.ts';

/** Which entries a bulk reply has. */
export interface BulkSelection {
  readonly level: MetadataLevel;
  readonly hideInactive: boolean;
  /** Only these keys; undefined for all. */
  readonly keys: ReadonlySet<string> | undefined;
  /** Entries to add for each flag. */
  readonly views: readonly TypedView[];
}

interface Entry {
  readonly key: string;
  readonly position: number;
  readonly view: TypedView | undefined;
  /** Pieces of JSON by number of the answer, made when first needed, and what they hash to. */
  readonly fragments: Uint8Array[];
  readonly hashes: ListHash[];
}

const encoder = new TextEncoder();
const nothing = new Uint8Array();
const openBracket = encoder.encode('[');

/** Writes one kind of bulk reply for one view, by joining pieces that were encoded before. */
export class BulkList {
  readonly #view: FlagView;
  readonly #selection: BulkSelection;
  readonly #varying: readonly Entry[];
  readonly #parts: readonly Part[];
  readonly #cache: ReplyCache<BulkReply>;
  /** Of the entries that never differ. */
  readonly #constantHash: ListHash;

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
    return this.#varying.some(({ position }) => numbers[position] === passingAnswer)
      ? make()
      : this.#cache.get(numbers, make);
  }

  #make(numbers: Uint16Array, tail: Tail): BulkReply {
    for (const entry of this.#varying) {
      const number = numbers[entry.position] as number;
      if (entry.fragments[number] === undefined || number === passingAnswer) {
        this.#render(entry, number);
      }
    }
    const empty = Buffer.concat([bulkHead, openBracket, tail.bytes]);
    const hash = sumOf([
      this.#constantHash,
      ...this.#varying.map(({ hashes, position }) => hashes[numbers[position] as number] ?? emptyHash),
    ]);
    return new BulkReply(joinParts(this.#parts, numbers, bulkHead, tail.bytes, empty), tail, hashText(hash));
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
