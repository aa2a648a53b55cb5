/** Where definitions came from. */
export type Origin = 'upstream' | 'backup' | 'bootstrap' | 'file';

/** One immutable state of an environment's flags. */
export interface Snapshot<Model> {
  /** Counts up with every published state, from 1. */
  readonly revision: number;
  readonly origin: Origin;
  /** When this state was published, in milliseconds since the epoch. */
  readonly publishedAtMs: number;
  readonly model: Model;
}

/** What is known of a state that another process published first. */
export type PublishedElsewhere = Pick<Snapshot<unknown>, 'revision' | 'publishedAtMs'>;

/**
 * Holds the state that requests are answered from. Publishing swaps a reference: a request sees the state from before
 * or after, never something in between, and what is held is only ever replaced by something whole.
 */
export class SnapshotSlot<Model> {
  #current: Snapshot<Model> | undefined;
  readonly #listeners: ((snapshot: Snapshot<Model>) => void)[] = [];
  readonly #now: () => number;

  /** @param now milliseconds since the epoch */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** The state to answer from; undefined until the first one was published. */
  get current(): Snapshot<Model> | undefined {
    return this.#current;
  }

  /**
   * Replaces the state.
   *
   * @param elsewhere number and time of a state that another process published first
   */
  publish(model: Model, origin: Origin, elsewhere?: PublishedElsewhere): Snapshot<Model> {
    const revision = elsewhere?.revision ?? (this.#current?.revision ?? 0) + 1;
    const snapshot = { revision, origin, publishedAtMs: elsewhere?.publishedAtMs ?? this.#now(), model };
    this.#current = snapshot;
    for (const listener of this.#listeners) listener(snapshot);
    return snapshot;
  }

  /** Calls back after each publication. */
  onPublish(listener: (snapshot: Snapshot<Model>) => void): void {
    this.#listeners.push(listener);
  }
}
