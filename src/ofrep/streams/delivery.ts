import type { StreamSettings } from '../settings.ts';
import type { Revision } from '../types.ts';
import type { StreamWorld } from './hub.ts';
import type { Subscriber } from './subscriber.ts';

/** At most one round of messages per channel in this time. */
const coalesceMs = 250;
const stepMs = 50;

type DeliverySettings = Pick<StreamSettings, 'spreadMs' | 'clientsPerSecond'>;

/**
 * Tells one change to all clients of a channel, in random order and spread over time. A change in the meantime starts
 * over: who heard of the one before hears of it too.
 */
export class Delivery {
  readonly #subscribers: ReadonlySet<Subscriber>;
  readonly #settings: DeliverySettings;
  readonly #world: StreamWorld;
  #waiting: Subscriber[] = [];
  #cancel: (() => void) | undefined;
  #lastRoundMs = Number.NEGATIVE_INFINITY;

  constructor(subscribers: ReadonlySet<Subscriber>, settings: DeliverySettings, world: StreamWorld) {
    this.#subscribers = subscribers;
    this.#settings = settings;
    this.#world = world;
  }

  /** Starts to tell; what is told is the state at the moment that a client's turn comes. */
  start(current: () => Revision | undefined, encode: (revision: Revision) => Uint8Array): void {
    this.#cancel?.();
    const waitMs = Math.max(0, this.#lastRoundMs + coalesceMs - this.#world.now());
    this.#cancel = this.#world.set(() => {
      this.#lastRoundMs = this.#world.now();
      this.#waiting = shuffled([...this.#subscribers], () => this.#world.random());
      const { spreadMs: longestMs, clientsPerSecond } = this.#settings;
      const spreadMs = Math.min(longestMs, (this.#waiting.length / clientsPerSecond) * 1_000);
      const steps = Math.max(1, Math.ceil(spreadMs / stepMs));
      this.#step(Math.ceil(this.#waiting.length / steps), current, encode);
    }, waitMs);
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#waiting = [];
  }

  #step(perStep: number, current: () => Revision | undefined, encode: (revision: Revision) => Uint8Array): void {
    this.#cancel = undefined;
    const revision = current();
    if (revision === undefined) return;
    for (const subscriber of this.#waiting.splice(-perStep)) {
      if (subscriber.version === revision.version) continue;
      subscriber.version = revision.version;
      subscriber.write(encode(revision));
    }
    if (this.#waiting.length === 0) return;
    this.#cancel = this.#world.set(() => this.#step(perStep, current, encode), stepMs);
  }
}

function shuffled<Item>(items: Item[], random: () => number): Item[] {
  for (let i = items.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [items[i], items[j]] = [items[j] as Item, items[i] as Item];
  }
  return items;
}
