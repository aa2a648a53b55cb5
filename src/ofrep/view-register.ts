import { ViewReplies } from './replies.ts';
import type { FlagView } from './types.ts';

/** What is kept for views, for as long as somebody holds them. */
export class ViewRegister {
  readonly #replies = new WeakMap<FlagView, ViewReplies>();
  readonly #cacheBytes: number;
  #numbers = new Uint16Array();

  /** @param cacheBytes most memory for finished bulk replies of one view */
  constructor(cacheBytes: number) {
    this.#cacheBytes = cacheBytes;
  }

  replies(view: FlagView): ViewReplies {
    let replies = this.#replies.get(view);
    if (replies === undefined) {
      replies = new ViewReplies(view, this.#cacheBytes);
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
