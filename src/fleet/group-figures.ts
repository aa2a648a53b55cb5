import type { FiguresPage } from '../operations/otlp/settings.ts';

/** The figures of a process, or of a group of them, for whoever exports them. */
export interface GroupFigures {
  /** Offers those of one system, as the text that Prometheus scrapes. Read when somebody asks. */
  expose(name: string, read: () => string | Promise<string>): void;
  /** All that were offered; in a primary, those of its workers added up. */
  collect(): Promise<readonly FiguresPage[]>;
  /** From now on those of this process stay what they are: what tells them is about to end. */
  keep(): Promise<void>;
}

/** Nobody exports figures. */
export const noFigures: GroupFigures = {
  expose: () => undefined,
  collect: async () => [],
  keep: async () => undefined,
};

/** What systems of this process offer. */
export class OwnFigures implements GroupFigures {
  readonly #offered: (readonly [name: string, read: () => string | Promise<string>])[] = [];
  #kept: readonly FiguresPage[] | undefined;

  expose(name: string, read: () => string | Promise<string>): void {
    this.#offered.push([name, read]);
  }

  async collect(): Promise<readonly FiguresPage[]> {
    return this.#kept ?? Promise.all(this.#offered.map(async ([name, read]) => ({ name, text: await read() })));
  }

  async keep(): Promise<void> {
    this.#kept = await this.collect();
  }
}
