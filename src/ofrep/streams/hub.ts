import type { Filled } from '../../flags/filled.ts';
import type { ReplyStream } from '../../http/types.ts';
import type { StreamSettings } from '../settings.ts';
import type { OfrepSource, Revision } from '../types.ts';
import { Delivery } from './delivery.ts';
import { goodbye, greeting, keepAlive, refetchEvent } from './events.ts';
import type { StreamGrant } from './stream-token.ts';
import { Subscriber } from './subscriber.ts';

/** The outside world of a hub. */
export interface StreamWorld {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Like `setTimeout`; returns a function that cancels. */
  set(run: () => void, ms: number): () => void;
  /** A number in [0, 1). */
  random(): number;
}

/** Why there is no stream. */
export type NoStream = 'unknown' | 'full';

const beatMs = 1_000;

/**
 * Tells open streams that flags have changed. What a stream costs is one small object: messages are encoded once per
 * change and shared, nothing is queued per client, and a change is told over a time that grows with the number of
 * clients, so that they do not all fetch at once (OFREP specification 7.3).
 */
export class StreamHub {
  readonly #source: OfrepSource;
  readonly #settings: StreamSettings;
  readonly #world: StreamWorld;
  readonly #channels = new Map<string, { readonly subscribers: Set<Subscriber>; readonly delivery: Delivery }>();
  /** A group for each second between two signs of life: one after the other gets its own. */
  readonly #slots: readonly Set<Subscriber>[];
  readonly #byCredential = new Map<string, number>();
  readonly #byAddress = new Map<string, number>();
  #size = 0;
  #slot = 0;
  #cancelBeat: (() => void) | undefined;
  #closed = false;

  constructor(source: OfrepSource, settings: StreamSettings, world: StreamWorld) {
    this.#source = source;
    this.#settings = settings;
    this.#world = world;
    this.#slots = Array.from({ length: settings.heartbeatSeconds }, () => new Set<Subscriber>());
    source.onChange((channel) => this.#changed(channel));
  }

  /** Open streams. */
  get size(): number {
    return this.#size;
  }

  /** The same, with how many there can be. */
  get filled(): Filled {
    return { used: this.#size, limit: this.#settings.limit };
  }

  /**
   * A stream for who holds a grant, or why there is none.
   *
   * @param version what the client holds; undefined when it does not say
   */
  open(grant: StreamGrant, address: string, version: string | undefined): ReplyStream | NoStream {
    const { limit, perCredential, perAddress, maximumAgeMs } = this.#settings;
    if (this.#closed || this.#source.revision(grant.channel) === undefined) return 'unknown';
    const isFull =
      this.#size >= limit ||
      (this.#byCredential.get(grant.fingerprint) ?? 0) >= perCredential ||
      (this.#byAddress.get(address) ?? 0) >= perAddress;
    if (isFull) return 'full';
    // Within a tenth more or less, so that streams opened together do not end together.
    const age = maximumAgeMs * (0.9 + 0.2 * this.#world.random());
    const endsAtMs = maximumAgeMs > 0 ? this.#world.now() + age : Number.POSITIVE_INFINITY;
    const subscriber = new Subscriber(this, { ...grant, address, version, endsAtMs });
    this.#enter(subscriber);
    return subscriber;
  }

  /** Ends the streams of a credential that is valid no longer. */
  revoke(fingerprint: string): void {
    for (const { subscribers } of [...this.#channels.values()]) {
      for (const subscriber of [...subscribers]) if (subscriber.fingerprint === fingerprint) subscriber.end();
    }
  }

  /** Ends all streams and lets no new one in. */
  close(): void {
    this.#closed = true;
    this.#cancelBeat?.();
    for (const { subscribers, delivery } of [...this.#channels.values()]) {
      delivery.stop();
      for (const subscriber of [...subscribers]) {
        subscriber.write(goodbye);
        subscriber.end();
      }
    }
  }

  /** See {@link Subscriber}: the state now, for a client that may have missed it. */
  greet(subscriber: Subscriber): Uint8Array {
    const hello = greeting(this.#world.random());
    const revision = this.#source.revision(subscriber.channel);
    if (revision === undefined || revision.version === subscriber.version) return Buffer.concat([hello, keepAlive]);
    subscriber.version = revision.version;
    return Buffer.concat([hello, refetchEvent(revision)]);
  }

  left(subscriber: Subscriber): void {
    const channel = this.#channels.get(subscriber.channel);
    if (channel === undefined || !channel.subscribers.delete(subscriber)) return;
    if (channel.subscribers.size === 0) {
      channel.delivery.stop();
      this.#channels.delete(subscriber.channel);
    }
    for (const slot of this.#slots) if (slot.delete(subscriber)) break;
    count(this.#byCredential, subscriber.fingerprint, -1);
    count(this.#byAddress, subscriber.address, -1);
    this.#size--;
    if (this.#size === 0) {
      this.#cancelBeat?.();
      this.#cancelBeat = undefined;
    }
  }

  #enter(subscriber: Subscriber): void {
    let channel = this.#channels.get(subscriber.channel);
    if (channel === undefined) {
      const subscribers = new Set<Subscriber>();
      channel = { subscribers, delivery: new Delivery(subscribers, this.#settings, this.#world) };
      this.#channels.set(subscriber.channel, channel);
    }
    channel.subscribers.add(subscriber);
    this.#slots[Math.floor(this.#world.random() * this.#slots.length)]?.add(subscriber);
    count(this.#byCredential, subscriber.fingerprint, 1);
    count(this.#byAddress, subscriber.address, 1);
    this.#size++;
    this.#cancelBeat ??= this.#world.set(() => this.#beat(), beatMs);
  }

  #changed(name: string): void {
    const channel = this.#channels.get(name);
    if (channel === undefined) return;
    const revision = this.#source.revision(name);
    if (revision === undefined) for (const subscriber of [...channel.subscribers]) subscriber.end();
    else channel.delivery.start(() => this.#source.revision(name), refetchOnce());
  }

  #beat(): void {
    this.#slot = (this.#slot + 1) % this.#slots.length;
    const nowMs = this.#world.now();
    for (const subscriber of [...(this.#slots[this.#slot] ?? [])]) {
      const isOver = nowMs >= subscriber.endsAtMs || this.#source.revision(subscriber.channel) === undefined;
      if (isOver) subscriber.end();
      else subscriber.write(keepAlive);
    }
    this.#cancelBeat = this.#size > 0 ? this.#world.set(() => this.#beat(), beatMs) : undefined;
  }
}

/** Encodes each revision once. */
function refetchOnce(): (revision: Revision) => Uint8Array {
  let last: { readonly version: string; readonly bytes: Uint8Array } | undefined;
  return (revision) => {
    if (last?.version !== revision.version) last = { version: revision.version, bytes: refetchEvent(revision) };
    return last.bytes;
  };
}

function count(counts: Map<string, number>, key: string, change: 1 | -1): void {
  const now = (counts.get(key) ?? 0) + change;
  if (now <= 0) counts.delete(key);
  else counts.set(key, now);
}
