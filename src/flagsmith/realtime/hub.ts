import type { Timers } from '../../flags/timers.ts';
import type { EnvironmentRegistry, RegisteredEnvironment } from '../environment/registry.ts';

/** Writes text to one open stream; false when its reader has fallen too far behind. */
export type WriteEvents = (text: string) => boolean;

/** Why there is no stream: the environment is not known, or there are too many streams. */
export type NoStream = 'unknown' | 'full';

/** An open stream. */
interface Subscriber {
  readonly write: WriteEvents;
  readonly close: () => void;
}

/** What the hub needs. */
export interface RealtimeHubOptions {
  readonly registry: EnvironmentRegistry;
  readonly timers: Timers;
  /** Most streams open at a time. */
  readonly maxStreams: number;
}

/** Comments keep idle streams open through proxies; every so many milliseconds. */
export const heartbeatMs = 15_000;

const retryMs = 15_000;

/**
 * Tells open streams about changes of their environments (spec section 11). A stream learns the current time stamp when
 * it opens, so nothing is missed between two connections.
 */
export class RealtimeHub {
  readonly #options: RealtimeHubOptions;
  readonly #subscribers = new Map<string, Set<Subscriber>>();
  readonly #watched = new WeakSet<RegisteredEnvironment>();
  #open = 0;
  #cancelHeartbeat: () => void = () => {};

  constructor(options: RealtimeHubOptions) {
    this.#options = options;
  }

  /** Number of open streams. */
  get size(): number {
    return this.#open;
  }

  /** Why no stream of an environment can be opened now; null when one can. */
  obstacle(clientKey: string): NoStream | null {
    if (this.#options.registry.get(clientKey) === undefined) return 'unknown';
    return this.#open >= this.#options.maxStreams ? 'full' : null;
  }

  /**
   * Opens a stream of an environment: writes what is to be known now, and goes on until the function that is returned is
   * called. `close` is called when the hub ends it. Otherwise the reason why there is no stream.
   */
  subscribe(clientKey: string, write: WriteEvents, close: () => void): (() => void) | NoStream {
    const registered = this.#options.registry.get(clientKey);
    const obstacle = this.obstacle(clientKey);
    if (registered === undefined || obstacle !== null) return obstacle ?? 'unknown';
    this.#watch(registered);
    const subscriber = { write, close };
    const subscribers = this.#subscribers.get(clientKey) ?? new Set();
    this.#subscribers.set(clientKey, subscribers.add(subscriber));
    if (this.#open++ === 0) this.#beat();
    const now = eventText(registered);
    write(`retry: ${retryMs}\n\n${now ?? ''}`);
    return () => this.#remove(clientKey, subscriber);
  }

  /** Ends all streams. */
  stop(): void {
    for (const [clientKey, subscribers] of this.#subscribers) {
      for (const subscriber of [...subscribers]) this.#end(clientKey, subscriber);
    }
  }

  #watch(registered: RegisteredEnvironment): void {
    if (this.#watched.has(registered)) return;
    this.#watched.add(registered);
    registered.slot.onPublish(() => this.#send(registered.clientKey, eventText(registered)));
  }

  #send(clientKey: string, text: string | null): void {
    if (text === null) return;
    for (const subscriber of [...(this.#subscribers.get(clientKey) ?? [])]) {
      // a reader that does not read is sent away; it comes back and learns the current state
      if (!subscriber.write(text)) this.#end(clientKey, subscriber);
    }
  }

  #beat(): void {
    this.#cancelHeartbeat = this.#options.timers.set(() => {
      for (const clientKey of [...this.#subscribers.keys()]) {
        if (this.#options.registry.get(clientKey) !== undefined) this.#send(clientKey, ':\n\n');
        else for (const subscriber of [...(this.#subscribers.get(clientKey) ?? [])]) this.#end(clientKey, subscriber);
      }
      if (this.#open > 0) this.#beat();
    }, heartbeatMs);
  }

  #end(clientKey: string, subscriber: Subscriber): void {
    this.#remove(clientKey, subscriber);
    subscriber.close();
  }

  #remove(clientKey: string, subscriber: Subscriber): void {
    const subscribers = this.#subscribers.get(clientKey);
    if (subscribers?.delete(subscriber) !== true) return;
    if (subscribers.size === 0) this.#subscribers.delete(clientKey);
    this.#open -= 1;
    if (this.#open === 0) this.#cancelHeartbeat();
  }
}

function eventText({ slot }: RegisteredEnvironment): string | null {
  const snapshot = slot.current;
  if (snapshot === undefined) return null;
  const updatedAt = snapshot.model.updatedAtText ?? String(snapshot.publishedAtMs / 1000);
  return `event: environment_updated\ndata: {"updated_at": ${updatedAt}}\n\n`;
}
