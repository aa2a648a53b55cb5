import type { Link } from './link.ts';
import { mergeMetrics } from './merge-metrics.ts';

/**
 * Remembers what workers last showed, so that counters of the group never go back when one of them is gone. What it
 * counted after it was last asked is lost to metrics.
 */
export class PageMemory {
  readonly #last = new Map<string, Map<Link, string>>();
  readonly #departed = new Map<string, string>();

  /** Takes the pages of all workers that answered. @returns the counters of those that are gone, as a page */
  update(path: string, pages: readonly (readonly [Link, string])[]): string {
    const last = this.#last.get(path) ?? new Map<Link, string>();
    this.#last.set(path, last);
    for (const [link, text] of pages) last.set(link, text);
    let departed = this.#departed.get(path) ?? '';
    for (const [link, text] of last) {
      if (!link.closed) continue;
      last.delete(link);
      departed = mergeMetrics(departed, [{ worker: undefined, text }]);
    }
    this.#departed.set(path, departed);
    return departed;
  }
}
