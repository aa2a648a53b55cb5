import type { Everywhere } from '../flags/everywhere.ts';
import { Audience } from './audience.ts';
import type { Link } from './link.ts';

/**
 * Readiness of a group is one answer, whichever worker is asked: a worker that is ready itself asks the primary, and
 * that asks all of them. So whoever was told "ready" can go to any worker. Once all held the state, that stays so:
 * workers that come later listen only when they know what the primary knows, and nobody is asked again.
 */

const heldName = 'held';
const everywhereName = 'everywhere';

/** How much each system holds in this process: environments, say. */
type Held = Map<string, () => number>;

/** The primary's part. */
export class GroupReadiness {
  readonly #held: Held = new Map();
  readonly #everywhere = new Set<string>();
  readonly #listening = new Audience();
  readonly #inTime: (asked: Promise<unknown>) => Promise<number | undefined>;

  /** @param inTime resolves with undefined for an answer that does not come, or not in time */
  constructor(inTime: (asked: Promise<unknown>) => Promise<number | undefined>) {
    this.#inTime = inTime;
  }

  /** Answers a worker's questions. */
  add(worker: Link): void {
    worker.onQuestion(everywhereName, (system) => this.#isEverywhere(system as string));
  }

  /** A worker is about to listen: from now on it counts. */
  attached(worker: Link): void {
    this.#listening.add(worker);
  }

  readonly held = (system: string, count: () => number): Everywhere => {
    this.#held.set(system, count);
    return () => this.#isEverywhere(system);
  };

  #isEverywhere(system: string): boolean | Promise<boolean> {
    return this.#everywhere.has(system) || this.#askAll(system);
  }

  async #askAll(system: string): Promise<boolean> {
    const here = this.#held.get(system)?.() ?? 0;
    const answers: Promise<boolean>[] = [];
    this.#listening.each((worker) => {
      const asked = this.#inTime(worker.ask(heldName, system));
      // One that has gone is replaced by one that knows everything before it listens.
      answers.push(asked.then((there) => worker.closed || (there ?? -1) >= here));
    });
    const all = (await Promise.all(answers)).every(Boolean);
    // While there is nothing to hold, all hold it.
    if (all && here > 0) this.#everywhere.add(system);
    return all;
  }
}

/** A worker's part. */
export function followReadiness(primary: Link): (system: string, count: () => number) => Everywhere {
  const held: Held = new Map();
  primary.onQuestion(heldName, (system) => held.get(system as string)?.() ?? 0);
  return (system, count) => {
    held.set(system, count);
    let known = false;
    const ask = async () => {
      // Without a primary this process is about to end.
      const all = (await primary.ask(everywhereName, system).catch(() => false)) === true;
      known = all && count() > 0;
      return all;
    };
    return () => known || ask();
  };
}
