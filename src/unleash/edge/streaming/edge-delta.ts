import { logEvents } from '../../../flags/events/catalogue.ts';
import { tell } from '../../../flags/events/tell.ts';
import type { Logger } from '../../../flags/logger.ts';
import { finish, runInSlices, type Slicing } from '../../../flags/steps.ts';
import type { Timers } from '../../../flags/timers.ts';
import type { HttpReply, HttpRequest } from '../../../http/types.ts';
import type { ClientFeatures, DeltaAnswer, EdgeDelta, EdgeEnvironments, EdgeToken, FeatureScope } from '../types.ts';
import { Channel } from './channel.ts';
import { type DeltaLogLimits, originalDeltaLogLimits } from './delta-log.ts';
import { revisionOf } from './revision.ts';
import { heartbeatBytes } from './sse-format.ts';
import { Subscriber, type SubscriberOwner } from './subscriber.ts';

/** What serving delta and streaming needs. */
export interface EdgeDeltaOptions {
  readonly environments: EdgeEnvironments;
  readonly timers: Timers;
  readonly slicing: Slicing;
  readonly logger: Logger;
  readonly limits?: EdgeDeltaLimits | undefined;
}

/** Bounds and times. */
export interface EdgeDeltaLimits {
  readonly log: DeltaLogLimits;
  /** Most streams open at once; more get a 429, which tells SDKs to poll. */
  readonly streams: number;
  /** A comment is sent this often, in milliseconds: it keeps streams open, and finds those without anybody behind. */
  readonly heartbeatMs: number;
  /** A client that takes nothing for this long is cut off. It comes back and goes on where it was. */
  readonly stalledMs: number;
  /** Streams end after this long, so that clients spread anew over several processes; 0 means never. */
  readonly longestMs: number;
}

export const defaultEdgeDeltaLimits: EdgeDeltaLimits = {
  log: originalDeltaLogLimits,
  streams: 20_000,
  heartbeatMs: 30_000,
  stalledMs: 60_000,
  longestMs: 0,
};

/** What operators look at. Counters count since the start. */
export interface EdgeDeltaFigures {
  opened: number;
  /** Streams that were cut off because their clients did not read. */
  stalled: number;
  /** Streams that found no room. */
  refused: number;
}

const streamHeaders: Readonly<Record<string, string>> = {
  'Content-Type': 'text/event-stream',
  'Cache-Control': 'no-cache',
  // Proxies such as nginx would hold events back otherwise.
  'X-Accel-Buffering': 'no',
};

/**
 * Serves changes: to those who ask, and to those who listen. Streams carry ids, a client that comes back gets what it
 * missed, and thousands of streams of one scope share each message.
 *
 * Source: Unleash Edge specification 19.
 */
export class EdgeDeltaHub implements EdgeDelta, SubscriberOwner {
  readonly figures: EdgeDeltaFigures = { opened: 0, stalled: 0, refused: 0 };
  readonly #options: EdgeDeltaOptions;
  readonly #limits: EdgeDeltaLimits;
  readonly #channels = new Map<string, Channel>();
  readonly #byToken = new Map<string, Set<Subscriber>>();
  readonly #unsubscribe: () => void;
  #work: Promise<void> = Promise.resolve();
  #cancelBeat: () => void = () => undefined;
  #clients = 0;
  #closed = false;

  constructor(options: EdgeDeltaOptions) {
    this.#options = options;
    this.#limits = options.limits ?? defaultEdgeDeltaLimits;
    this.#unsubscribe = options.environments.onChange((key, document, events) => this.#changed(key, document, events));
    this.#scheduleBeat();
  }

  get connectedClients(): number {
    return this.#clients;
  }

  readonly now = (): number => this.#options.timers.now();

  /** Resolves when everything that is known has been handed to all streams that keep up. */
  settled(): Promise<void> {
    return this.#work;
  }

  delta(scope: FeatureScope, ifNoneMatch: string | undefined): DeltaAnswer {
    const { log } = this.#channel(scope.cacheKey);
    if (log.lastId === 0) return { status: 404 };
    const answer = log.since(revisionOf(ifNoneMatch), scope);
    return answer.kind === 'nothing' ? { status: 304 } : { status: 200, etag: String(answer.id), body: answer.text };
  }

  stream(scope: FeatureScope, { token }: EdgeToken, request: HttpRequest): HttpReply {
    if (this.#closed || this.#clients >= this.#limits.streams) {
      this.figures.refused++;
      return { status: this.#closed ? 503 : 429, headers: { 'Retry-After': '5' }, body: '' };
    }
    const scopeKey = JSON.stringify([[...scope.projects].sort(), scope.namePrefix]);
    const channel = this.#channel(scope.cacheKey);
    const known = revisionOf(request.header('last-event-id'));
    // Unlike a poll, a stream that names an event from elsewhere starts with everything (19.4).
    const subscriber = new Subscriber(this, scope, scopeKey, token, known > channel.log.lastId ? 0 : known);
    channel.subscribers.add(subscriber);
    const sameToken = this.#byToken.get(token);
    if (sameToken === undefined) this.#byToken.set(token, new Set([subscriber]));
    else sameToken.add(subscriber);
    this.#clients++;
    this.figures.opened++;
    return { status: 200, headers: streamHeaders, body: null, stream: subscriber };
  }

  revoke(token: string): void {
    for (const subscriber of [...(this.#byToken.get(token) ?? [])]) subscriber.end();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#unsubscribe();
    this.#cancelBeat();
    for (const { subscribers } of this.#channels.values()) for (const subscriber of [...subscribers]) subscriber.end();
  }

  catchUp({ scope, scopeKey, lastId }: Subscriber): { bytes: Uint8Array | undefined; id: number } {
    return this.#channel(scope.cacheKey).messageFor(scope, scopeKey, lastId);
  }

  left(subscriber: Subscriber): void {
    if (this.#channels.get(subscriber.scope.cacheKey)?.subscribers.delete(subscriber) !== true) return;
    this.#clients--;
    const sameToken = this.#byToken.get(subscriber.token);
    sameToken?.delete(subscriber);
    if (sameToken?.size === 0) this.#byToken.delete(subscriber.token);
  }

  /** A channel; one that nobody announced, or whose turn has not come yet, starts with what is held now. */
  #channel(key: string): Channel {
    const known = this.#channels.get(key);
    if (known !== undefined && known.log.lastId > 0) return known;
    const channel = known ?? new Channel(this.#limits.log, this.now);
    const document = this.#options.environments.current(key);
    if (document !== undefined) finish(channel.log.update(document, undefined));
    this.#channels.set(key, channel);
    return channel;
  }

  /** Changes are worked on one after the other, so that ids and messages come in order. */
  #changed(key: string, document: ClientFeatures | undefined, events: readonly unknown[] | undefined): void {
    this.#work = this.#work.then(async () => {
      if (this.#closed) return;
      if (document === undefined) {
        this.#drop(key);
        return;
      }
      const channel = this.#channels.get(key) ?? new Channel(this.#limits.log, this.now);
      this.#channels.set(key, channel);
      await runInSlices(this.#publish(channel, document, events), this.#options.slicing);
    });
    this.#work = this.#work.catch((error) => {
      tell(
        this.#options.logger,
        logEvents.streamChangeLost,
        `A change could not be passed on to streams: ${(error as Error)?.message}`,
      );
    });
  }

  *#publish(channel: Channel, document: ClientFeatures, events: readonly unknown[] | undefined) {
    yield* channel.log.update(document, events);
    for (const subscriber of channel.subscribers) {
      subscriber.deliver();
      yield;
    }
  }

  #drop(key: string): void {
    const channel = this.#channels.get(key);
    if (channel === undefined) return;
    for (const subscriber of [...channel.subscribers]) subscriber.end();
    this.#channels.delete(key);
  }

  #scheduleBeat(): void {
    this.#cancelBeat = this.#options.timers.set(() => {
      void runInSlices(this.#beat(), this.#options.slicing).then(() => {
        if (!this.#closed) this.#scheduleBeat();
      });
    }, this.#limits.heartbeatMs);
  }

  *#beat() {
    const { stalledMs, longestMs } = this.#limits;
    const now = this.now();
    for (const { subscribers } of this.#channels.values()) {
      for (const subscriber of subscribers) {
        const { behindSinceMs, openedAtMs } = subscriber;
        if (behindSinceMs !== undefined && now - behindSinceMs >= stalledMs) {
          this.figures.stalled++;
          subscriber.abort();
        } else if (longestMs > 0 && now - openedAtMs >= longestMs) subscriber.end();
        else subscriber.beat(heartbeatBytes);
        yield;
      }
    }
  }
}
