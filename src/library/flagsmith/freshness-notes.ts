import type { StateStore } from '../../flags/state-store.ts';

const entry = 'flagsmith-confirmed';
const forgetAfterMs = 30 * 86_400_000;

/**
 * Remembers beside large texts when each was last confirmed: one small entry, shared by all servers on a store, where
 * the latest moment counts. A text that nobody confirmed for a month is forgotten with its moment: its environment is no
 * longer configured anywhere.
 */
export class FreshnessNotes {
  readonly #store: StateStore;
  readonly #now: () => number;
  #read: Promise<ReadonlyMap<string, number>> | undefined;
  #written = '';

  /** @param now milliseconds since the epoch */
  constructor(store: StateStore, now: () => number) {
    this.#store = store;
    this.#now = now;
  }

  /** The moment noted for a name, in milliseconds since the epoch. Asks the store once. */
  async read(name: string): Promise<number | undefined> {
    this.#read ??= this.#load();
    return (await this.#read).get(name);
  }

  /**
   * Adds moments to those in the store, and forgets what is old but for the names in `held`. Rejects when the store
   * fails.
   */
  async write(moments: readonly (readonly [name: string, ms: number])[], held: ReadonlySet<string>): Promise<void> {
    const text = JSON.stringify(moments);
    if (moments.length === 0 || text === this.#written) return;
    const all = new Map(await this.#load());
    for (const [name, ms] of moments) all.set(name, Math.max(ms, all.get(name) ?? 0));
    const oldest = this.#now() - forgetAfterMs;
    const isKept = ([name, ms]: readonly [string, number]) => ms > oldest || held.has(name);
    const kept = [...all].filter(isKept);
    for (const [name] of [...all].filter((moment) => !isKept(moment))) await this.#store.remove(name);
    await this.#store.save(entry, [JSON.stringify(Object.fromEntries(kept))]);
    this.#written = text;
  }

  async #load(): Promise<ReadonlyMap<string, number>> {
    const bytes = await this.#store.load(entry);
    return new Map(bytes === undefined ? [] : parse(new TextDecoder().decode(bytes)));
  }
}

/** What cannot be read counts as nothing noted: the moments of the texts themselves are still there. */
function parse(text: string): [string, number][] {
  try {
    return Object.entries(JSON.parse(text) ?? {}).filter((pair): pair is [string, number] => Number.isFinite(pair[1]));
  } catch {
    return [];
  }
}
