import { WeakList } from '../flags/weak-list.ts';
import { ViewReplies } from './replies.ts';
import type { OfrepSettings } from './settings.ts';
import type { FlagView } from './types.ts';

/** What is kept for views, for as long as somebody holds them. */
export class ViewRegister {
  readonly #replies = new WeakMap<FlagView, ViewReplies>();
  readonly #all = new WeakList<ViewReplies>();
  readonly #settings: OfrepSettings;
  #numbers = new Uint16Array();

  constructor(settings: OfrepSettings) {
    this.#settings = settings;
  }

  /** All that is still in memory, of views from before a change too. */
  get all(): Iterable<ViewReplies> {
    return this.#all;
  }

  replies(view: FlagView): ViewReplies {
    let replies = this.#replies.get(view);
    if (replies === undefined) {
      replies = new ViewReplies(view, this.#settings);
      this.#all.add(replies);
      this.#replies.set(view, replies);
    }
    return replies;
  }

  /** Room for the answers of one evaluation, until the next one. */
  numbersFor(view: FlagView): Uint16Array {
    if (this.#numbers.length !== view.keys.length) this.#numbers = new Uint16Array(view.keys.length);
    return this.#numbers;
  }
}
