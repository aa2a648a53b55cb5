import type { FeatureScope } from '../types.ts';
import { DeltaLog, type DeltaLogLimits } from './delta-log.ts';
import { encodeEvent } from './sse-format.ts';
import type { Subscriber } from './subscriber.ts';

/** Most finished messages that a channel keeps between two changes. */
const maximumMessages = 256;

/** One environment's log and those who listen to it. */
export class Channel {
  readonly log: DeltaLog;
  readonly subscribers = new Set<Subscriber>();
  readonly #messages = new Map<string, { readonly bytes: Uint8Array | undefined; readonly id: number }>();
  #messagesId = 0;

  constructor(limits: DeltaLogLimits, now: () => number) {
    this.log = new DeltaLog(limits, now);
  }

  /** The message for a subscriber's scope and position. Encoded once for all who share both. */
  messageFor(scope: FeatureScope, scopeKey: string, lastId: number): { bytes: Uint8Array | undefined; id: number } {
    const { log } = this;
    if (this.#messagesId !== log.lastId) {
      this.#messages.clear();
      this.#messagesId = log.lastId;
    }
    const key = `${lastId} ${scopeKey}`;
    let message = this.#messages.get(key);
    if (message === undefined) {
      const answer = log.since(lastId, scope);
      if (answer.kind === 'nothing') message = { bytes: undefined, id: log.lastId === 0 ? lastId : log.lastId };
      else {
        const name = answer.kind === 'hydration' ? 'unleash-connected' : 'unleash-updated';
        message = { bytes: encodeEvent(name, answer.text, log.lastId), id: log.lastId };
      }
      if (this.#messages.size >= maximumMessages) this.#messages.clear();
      this.#messages.set(key, message);
    }
    return message;
  }
}
