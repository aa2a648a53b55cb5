import { Entity } from '../http/entity.ts';
import { BulkList, type BulkSelection } from './bulk-list.ts';
import { jsonType } from './bulk-reply.ts';
import { digest } from './etag.ts';
import { type RenderedEntry, renderEntry } from './render.ts';
import { type Answer, type FlagView, type MetadataLevel, passingAnswer, type TypedView, typedViews } from './types.ts';

/** Most kinds of bulk replies of one view that are kept besides the usual one. Clients choose them. */
const maximumLists = 8;
/** Most single replies of one view that are kept. */
const maximumSingles = 20_000;

/** One single evaluation, ready to be sent. */
export interface SingleReply {
  readonly answer: Answer;
  readonly rendered: RenderedEntry;
  readonly entity: Entity;
}

/** What is kept for one view: kinds of bulk replies, and single replies. Goes with the view. */
export class ViewReplies {
  readonly #view: FlagView;
  readonly #cacheBytes: number;
  readonly #lists = new Map<string, BulkList>();
  readonly #singles = new Map<string, SingleReply>();
  #usual: BulkList | undefined;

  /** @param cacheBytes most memory for the usual bulk reply; others get a part of it */
  constructor(view: FlagView, cacheBytes: number) {
    this.#view = view;
    this.#cacheBytes = cacheBytes * view.memoryShare;
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
      if (this.#lists.size >= maximumLists) this.#lists.delete([...this.#lists.keys()][0] ?? '');
      list = new BulkList(this.#view, selection, this.#cacheBytes / maximumLists);
      this.#lists.set(key, list);
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
      if (this.#singles.size >= maximumSingles) this.#singles.clear();
      this.#singles.set(place, reply);
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
