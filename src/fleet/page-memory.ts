import type { Link } from './link.ts';
import { mergeMetrics } from './merge-metrics.ts';

interface Shown {
  readonly text: string;
  /** Nothing newer comes. */
  readonly isLast: boolean;
}

/**
 * Remembers what workers last showed, so that counters of the group never go back when one of them is gone. What it
 * counted after it was last asked is lost to metrics.
 */
export class PageMemory {
  readonly #shown = new Map<string, Map<Link, Shown>>();
  readonly #departed = new Map<string, string>();

  /**
   * Takes what a worker shows. To be called when it arrives: once other workers have answered too, this one may have
   * shown something newer, or be gone.
   *
   * @param isLast the worker is about to end: an answer that was under way is older
   */
  take(path: string, link: Link, text: string, isLast = false): void {
    // Its counters may be among those of the departed already.
    if (link.closed) return;
    const shown = this.#shown.get(path) ?? new Map<Link, Shown>();
    this.#shown.set(path, shown);
    if (isLast || shown.get(link)?.isLast !== true) shown.set(link, { text, isLast });
  }

  /** @returns the counters of the workers that are gone, as a page */
  departed(path: string): string {
    let departed = this.#departed.get(path) ?? '';
    const shown = this.#shown.get(path);
    for (const [link, { text }] of shown ?? []) {
      if (!link.closed) continue;
      shown?.delete(link);
      departed = mergeMetrics(departed, [{ worker: undefined, text }]);
    }
    this.#departed.set(path, departed);
    return departed;
  }
}
