import type { Filled } from '../flags/filled.ts';
import { Entity } from '../http/entity.ts';
import { BulkList, type BulkSelection } from './bulk-list.ts';
import { jsonType } from './bulk-reply.ts';
import { digest } from './etag.ts';
import { type RenderedEntry, renderEntry } from './render.ts';
import { RepeatedBodies } from './repeated-bodies.ts';
import type { OfrepSettings } from './settings.ts';
import { type Answer, type FlagView, type MetadataLevel, passingAnswer, type TypedView, typedViews } from './types.ts';

type ReplySettings = Pick<OfrepSettings, 'replyCacheBytes' | 'singleLimit' | 'selectionLimit'>;

/** One single evaluation, ready to be sent. */
export interface SingleReply {
  readonly answer: Answer;
  readonly rendered: RenderedEntry;
  readonly entity: Entity;
}

/** What is kept for one view: kinds of bulk replies, and single replies. Goes with the view. */
export class ViewReplies {
  readonly #view: FlagView;
  readonly #settings: ReplySettings;
  readonly #cacheBytes: number;
  readonly #lists = new Map<string, BulkList>();
  readonly #singles = new Map<string, SingleReply>();
  #usual: BulkList | undefined;
  #bodies: RepeatedBodies | undefined;

  constructor(view: FlagView, settings: ReplySettings) {
    this.#view = view;
    this.#settings = settings;
    this.#cacheBytes = settings.replyCacheBytes * view.memoryShare;
  }

  /** Memory of finished bulk replies in bytes: half of the limit is for the usual kind, and half for all others. */
  get bulk(): Filled {
    let used = this.#usual?.cachedBytes ?? 0;
    for (const list of this.#lists.values()) used += list.cachedBytes;
    return { used, limit: 2 * this.#cacheBytes };
  }

  /** Finished single replies. */
  get singles(): Filled {
    return { used: this.#singles.size, limit: this.#settings.singleLimit };
  }

  /** Kinds of bulk replies besides the usual one. */
  get selections(): Filled {
    return { used: this.#lists.size, limit: this.#settings.selectionLimit };
  }

  /** Answers to contexts that come again; undefined where none are kept. */
  get contexts(): Filled | undefined {
    return this.#view.known;
  }

  /** Bulk requests that came before. They take a quarter of what finished replies may take. */
  get bodies(): RepeatedBodies {
    this.#bodies ??= new RepeatedBodies(this.#cacheBytes / 4);
    return this.#bodies;
  }

  /** The writer of a kind of bulk reply. */
  list(selection: BulkSelection): BulkList {
    if (selection.keys === undefined && selection.views.length === 0) {
      this.#usual ??= new BulkList(this.#view, selection, this.#cacheBytes);
      return this.#usual;
    }
    const key = digest(JSON.stringify([selection.keys && [...selection.keys].sort(), selection.views]), 24);
    let list = this.#lists.get(key);
    if (list === undefined) {
      const { selectionLimit } = this.#settings;
      if (this.#lists.size >= selectionLimit) this.#lists.delete([...this.#lists.keys()][0] ?? '');
      list = new BulkList(this.#view, selection, this.#cacheBytes / Math.max(1, selectionLimit));
      if (selectionLimit > 0) this.#lists.set(key, list);
    }
    return list;
  }

  /** A single reply under the key that was asked for. */
  single(
    key: string,
    position: number,
    view: TypedView | undefined,
    number: number,
    level: MetadataLevel,
  ): SingleReply {
    const isPlain = key.startsWith(this.#view.keys[position] ?? '\0');
    if (!isPlain || number === passingAnswer) return this.#single(key, position, view, number, level);
    const place = `${position} ${number} ${view === undefined ? '' : typedViews.indexOf(view)}`;
    let reply = this.#singles.get(place);
    if (reply === undefined) {
      reply = this.#single(key, position, view, number, level);
      const { singleLimit } = this.#settings;
      if (this.#singles.size >= singleLimit) this.#singles.clear();
      if (singleLimit > 0) this.#singles.set(place, reply);
    }
    return reply;
  }

  #single(key: string, position: number, view: TypedView | undefined, number: number, level: MetadataLevel) {
    const answer = this.#view.answer(position, number, level);
    const { flagSetId, version } = this.#view;
    const rendered = renderEntry(key, answer, view, { flagSetId, version });
    return { answer, rendered, entity: new Entity(rendered.json, jsonType) };
  }
}
