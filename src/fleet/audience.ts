import type { Link } from './link.ts';

/** The workers that are told about changes. Those that are gone are forgotten. */
export class Audience {
  readonly #links = new Set<Link>();

  add(link: Link): void {
    this.#links.add(link);
  }

  each(tell: (link: Link) => void): void {
    for (const link of this.#links) {
      if (link.closed) this.#links.delete(link);
      else tell(link);
    }
  }
}
