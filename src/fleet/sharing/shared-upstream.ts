import { createHash } from 'node:crypto';
import { logEvents } from '../../flags/events/catalogue.ts';
import type { LogEvent } from '../../flags/events/log-event.ts';
import type { Timers } from '../../flags/timers.ts';
import { retryAfterMs } from '../../http/upstream/retry-after.ts';
import { tooLarge } from '../../http/upstream/too-large.ts';
import {
  type SendUpstream,
  UpstreamError,
  type UpstreamRequest,
  type UpstreamResponse,
} from '../../http/upstream/types.ts';
import { redisReason } from '../../store/redis/reason.ts';
import { type ChooseSharing, isConditional, type RequestNames, requestNames, type Sharing } from './conversation.ts';
import { Doorbells } from './doorbells.ts';
import { decodeRecord, encodeRecord, type Outcome } from './record.ts';
import type { SharedMemory } from './shared-memory.ts';
import type { SharingFigures } from './sharing-figures.ts';

/** What sharing a conversation needs. */
export interface SharedUpstreamOptions {
  /** Really asks upstream. */
  readonly send: SendUpstream;
  readonly memory: SharedMemory;
  readonly choose: ChooseSharing;
  /** See {@link requestNames}. */
  readonly instanceIsCredential: boolean;
  /** Tells this member from all others. */
  readonly memberId: string;
  readonly timers: Timers;
  readonly random: () => number;
  readonly warn: (event: LogEvent, message: string) => void;
}

/** What a member knows about a conversation that it takes part in. */
interface Taking {
  askedMs: number;
  /** The last answer was usable. */
  ok: boolean;
  /** Of the last full answer. */
  version: string | undefined;
  /** Until then, asking early is following what another member said. */
  expectedUntilMs: number;
  /** It had its one wait since the memory was lost. */
  isSpread: boolean;
  /** Each member asks by itself. */
  unshared: boolean;
  /** The latest answer is one that this member asked for. */
  isOwn: boolean;
  /** Exchanges of it under way. */
  asking: number;
  /** What another member got while this one was asking. */
  heard: string | undefined;
}

interface Message {
  readonly from: string;
  readonly exchange: string;
  readonly conversation: string;
  readonly polled: boolean;
  /** There for full answers of what is polled. */
  readonly version?: string;
}

const shortestLeaseMs = 1_000;
const longestLeaseMs = 10_000;
/** Members that wait for another's answer look this often, in case the message was lost. */
const lookMs = 250;
/** Who asks ahead of time knows of a change; an answer this old may already have it. */
const earlyAgeMs = 200;
const followingMs = 1_000;
const longestSpreadMs = 10_000;
const mostConversations = 10_000;

/**
 * Lets any number of members have one conversation with upstream. Each member asks as if it were alone; whoever asks
 * first when an answer has run out takes a lease, really asks, and leaves the answer for all. Failures are shared like
 * answers, so that an upstream in trouble hears from one member only. A member that dies in the middle loses its lease.
 * Without the memory everybody asks by itself, spread out.
 */
export class SharedUpstream {
  readonly send: SendUpstream = (request) => this.#send(request);
  readonly #options: SharedUpstreamOptions;
  readonly #taking = new Map<string, Taking>();
  readonly #bells: Doorbells;
  readonly #listeners: (() => void)[] = [];
  readonly figures: SharingFigures = {
    isReached: true,
    failures: 0,
    asked: 0,
    followed: 0,
    alone: 0,
    changesFollowed: 0,
    isLeader: false,
    publishedMs: 0,
  };
  #leases = 0;

  constructor(options: SharedUpstreamOptions) {
    this.#options = options;
    this.#bells = new Doorbells(options.timers);
    options.memory.onMessage(
      (text) => this.#heard(text),
      () => this.#tellOfChange(),
    );
  }

  /** Calls back when another member got something new, or may have: which is worth asking for at once. */
  onChanged(listener: () => void): void {
    this.#listeners.push(listener);
  }

  close(): void {
    this.#options.memory.close();
  }

  async #send(request: UpstreamRequest): Promise<UpstreamResponse> {
    const { choose, instanceIsCredential, send } = this.#options;
    const sharing = choose(request);
    if (sharing === undefined) return send(request);
    const { tellingBody } = sharing;
    const told = tellingBody === undefined ? request : { ...request, body: tellingBody(request.body ?? '') };
    const names = requestNames(told, instanceIsCredential);
    const taking = this.#take(names.conversation);
    if (taking.unshared) return send(request);
    taking.asking += 1;
    taking.isOwn = false;
    try {
      const outcome = await this.#shared(request, names, sharing, taking);
      if (outcome === undefined) return await this.#alone(request, sharing, taking);
      if (outcome.kind === 'unshared') {
        taking.unshared = true;
        return await send(request);
      }
      if (outcome.kind === 'failure') throw outcome.error;
      return this.#given(outcome.response, request, taking);
    } catch (error) {
      taking.ok = false;
      throw error;
    } finally {
      taking.asking -= 1;
      this.#follow(taking);
    }
  }

  #take(conversation: string): Taking {
    const known = this.#taking.get(conversation);
    const taking: Taking = known ?? {
      askedMs: Number.NEGATIVE_INFINITY,
      ok: false,
      version: undefined,
      expectedUntilMs: Number.NEGATIVE_INFINITY,
      isSpread: false,
      unshared: false,
      isOwn: false,
      asking: 0,
      heard: undefined,
    };
    // The one that was silent for longest goes first when there are too many.
    this.#taking.delete(conversation);
    this.#taking.set(conversation, taking);
    const [oldest] = this.#taking.keys();
    if (this.#taking.size > mostConversations && oldest !== undefined) this.#taking.delete(oldest);
    return taking;
  }

  /** @returns undefined when the memory cannot be reached */
  async #shared(
    request: UpstreamRequest,
    { conversation, exchange }: RequestNames,
    { keepMs, polled, failureKeepMs = keepMs }: Sharing,
    taking: Taking,
  ): Promise<Outcome | undefined> {
    const { timers, memory, memberId } = this.#options;
    const startMs = timers.now();
    const isEarly = polled && taking.ok && startMs - taking.askedMs < keepMs / 2 && startMs > taking.expectedUntilMs;
    taking.askedMs = startMs;
    const fresh = async () => {
      const found = await memory.read(exchange);
      const record = found && decodeRecord(found.bytes);
      if (found === undefined || record === undefined) return undefined;
      const ageMs = record.keptMs - found.leftMs;
      return !isEarly || ageMs <= earlyAgeMs + (timers.now() - startMs) ? record.outcome : undefined;
    };
    const leaseMs = Math.min(Math.max(keepMs, shortestLeaseMs), longestLeaseMs);
    for (;;) {
      const owner = `${memberId}:${++this.#leases}`;
      let outcome: Outcome | undefined;
      let isMine = false;
      const answered = this.#bells.wait(exchange);
      try {
        outcome = await fresh();
        if (outcome === undefined) isMine = await memory.take(exchange, owner, leaseMs);
        // Somebody may have finished between the two.
        if (isMine) outcome = await fresh();
        if (isMine && outcome !== undefined) await memory.release(exchange, owner);
      } catch (error) {
        answered.cancel();
        this.#lost(error);
        return undefined;
      }
      this.#found();
      if (outcome !== undefined || isMine) answered.cancel();
      if (outcome !== undefined) {
        this.figures.followed++;
        return outcome;
      }
      taking.isOwn = isMine;
      if (isMine)
        return this.#ask(request, { conversation, exchange }, { keepMs, polled, failureKeepMs }, owner, leaseMs);
      await answered.within(lookMs * (0.75 + this.#options.random() / 2));
      if (request.signal?.aborted) throw new UpstreamError('aborted', 'stopped');
      if (timers.now() - startMs > request.timeoutMs) {
        throw new UpstreamError('timeout', 'the member of the fleet that asks upstream got no answer in time');
      }
    }
  }

  /** Really asks, while holding the lease, and leaves what came of it. */
  async #ask(
    request: UpstreamRequest,
    { conversation, exchange }: RequestNames,
    { keepMs, polled, failureKeepMs }: Required<Pick<Sharing, 'keepMs' | 'polled' | 'failureKeepMs'>>,
    owner: string,
    leaseMs: number,
  ): Promise<Outcome> {
    const { send, memory, timers, memberId } = this.#options;
    this.figures.asked++;
    let cancelRenewal: () => void = () => {};
    const renew = () => {
      cancelRenewal = timers.set(() => {
        renew();
        memory.renew(exchange, owner, leaseMs).catch(() => undefined);
      }, leaseMs / 3);
    };
    renew();
    let outcome: Outcome;
    try {
      outcome = { kind: 'response', response: await send(request) };
    } catch (error) {
      if (!(error instanceof UpstreamError) || error.failure === 'aborted') {
        await memory.release(exchange, owner).catch(() => undefined);
        throw error;
      }
      outcome = { kind: 'failure', error };
    } finally {
      cancelRenewal();
    }
    const response = outcome.kind === 'response' ? outcome.response : undefined;
    // Pages that were fetched at different times do not fit together.
    const isPaged = response !== undefined && /;\s*rel\s*=\s*"?next/i.test(response.header('link') ?? '');
    const patienceMs = retryAfterMs(response?.header('retry-after'), timers.now());
    const isWell = response !== undefined && response.status < 400;
    const forMs = Math.max(isWell ? keepMs : failureKeepMs, patienceMs);
    const isFull = polled && !isPaged && response?.status === 200;
    const message: Message = {
      from: memberId,
      exchange,
      conversation,
      polled,
      ...(isFull ? { version: versionOf(response as UpstreamResponse) } : {}),
    };
    const left = encodeRecord(isPaged ? { kind: 'unshared' } : outcome, forMs);
    await memory.write(exchange, owner, left, forMs, JSON.stringify(message)).catch((error) => this.#lost(error));
    return outcome;
  }

  #given(response: UpstreamResponse, request: UpstreamRequest, taking: Taking): UpstreamResponse {
    if (response.body.length > request.limitBytes) throw tooLarge(request);
    taking.ok = response.status < 400;
    if (response.status !== 200) return response;
    const version = versionOf(response);
    if (!taking.isOwn && taking.version !== version) this.figures.changesFollowed++;
    taking.version = version;
    return response;
  }

  /** Asks without the others. All of them notice at once that they are alone, so whoever can wait waits a little. */
  async #alone(request: UpstreamRequest, { keepMs }: Sharing, taking: Taking): Promise<UpstreamResponse> {
    const { send, random } = this.#options;
    this.figures.alone++;
    taking.isOwn = true;
    if (!taking.isSpread && isConditional(request)) {
      taking.isSpread = true;
      const stopped = this.#bells.wait('');
      request.signal?.addEventListener('abort', stopped.ring, { once: true });
      await stopped.within(random() * Math.min(keepMs, longestSpreadMs));
      request.signal?.removeEventListener('abort', stopped.ring);
      if (request.signal?.aborted) throw new UpstreamError('aborted', 'stopped');
    }
    return this.#given(await send(request), request, taking);
  }

  #heard(text: string): void {
    let message: Message;
    try {
      message = JSON.parse(text) as Message;
    } catch {
      return;
    }
    const { from, exchange, conversation, polled, version } = message;
    this.#bells.ring(exchange);
    const isOwn = from === this.#options.memberId;
    if (polled) {
      this.figures.isLeader = isOwn;
      this.figures.publishedMs = this.#options.timers.now();
    }
    if (isOwn || version === undefined) return;
    const taking = this.#taking.get(conversation);
    if (taking === undefined) return;
    taking.heard = version;
    this.#follow(taking);
  }

  /** Tells of what another member got, unless it is what this one is about to get, too. */
  #follow(taking: Taking): void {
    if (taking.asking > 0 || taking.heard === undefined) return;
    const isKnown = taking.heard === taking.version;
    taking.heard = undefined;
    if (!isKnown) this.#tellOfChange();
  }

  #tellOfChange(): void {
    const untilMs = this.#options.timers.now() + followingMs;
    for (const each of this.#taking.values()) each.expectedUntilMs = untilMs;
    for (const listener of this.#listeners) listener();
  }

  #lost(error: unknown): void {
    this.figures.failures++;
    this.figures.isLeader = false;
    if (!this.figures.isReached) return;
    this.figures.isReached = false;
    this.#options.warn(
      logEvents.fleetRedisLost,
      `The fleet's Redis cannot be used (${redisReason(error)}): upstream is asked by this process alone`,
    );
  }

  #found(): void {
    if (this.figures.isReached) return;
    this.figures.isReached = true;
    for (const each of this.#taking.values()) each.isSpread = false;
    this.#options.warn(logEvents.fleetRedisBack, "The fleet's Redis is there again: upstream is asked once for all");
  }
}

/** Tells two answers apart. */
function versionOf({ header, body }: UpstreamResponse): string {
  const modified = header('last-modified');
  const told = header('etag') ?? (modified === undefined ? undefined : `${modified} ${body.length}`);
  return told ?? createHash('sha256').update(body).digest('base64url');
}
