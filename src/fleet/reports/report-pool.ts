import { logEvents } from '../../flags/events/catalogue.ts';
import type { LogEvent } from '../../flags/events/log-event.ts';
import type { ReportBounds } from '../../flags/fleet-settings.ts';
import type { ReportKind } from '../../flags/report-kind.ts';
import { runInSlices, type Slicing } from '../../flags/steps.ts';
import { pause, type Timers } from '../../flags/timers.ts';
import type { SendUpstream, UpstreamRequest, UpstreamResponse } from '../../http/upstream/types.ts';
import { HeldReports } from './held-reports.ts';
import { type Posted, postParcel } from './post-parcel.ts';
import type { ReportFigures } from './report-figures.ts';
import { type Batch, NotReachedError, type ReportMemory } from './report-memory.ts';

/** What all pools of a member have in common. */
export interface PoolOptions {
  /** Really sends. */
  readonly send: SendUpstream;
  /** Takes what has to go somewhere else. */
  readonly resend: SendUpstream;
  readonly memory: ReportMemory;
  /** Tells this member from all others. */
  readonly memberId: string;
  readonly bounds: ReportBounds;
  readonly figures: ReportFigures;
  readonly warn: (event: LogEvent, message: string) => void;
  readonly timers: Timers;
  readonly random: () => number;
  readonly slicing: Slicing;
  readonly randomId: () => string;
}

const accepted: UpstreamResponse = { status: 202, body: new Uint8Array(), header: () => undefined };
const shortestLeaseMs = 10_000;
/** Requests upstream may have no limit of time at all: the lease of a sender that died has to end all the same. */
const longestPostMs = 60_000;
/** A member without Redis looks for it this often. */
const longestLookMs = 5_000;
const longestSpreadMs = 1_000;
/** The last member looks this often whether a lease has ended. */
const leavingLookMs = 100;

/**
 * Reports of one kind with one credential, as one member of a fleet sees them. Reports are handed over to the others at
 * once and kept here until upstream has them; in turn, one member adds up what all have handed over and sends it.
 *
 * - What Redis loses is handed over again. Without Redis for as long as it would keep a pool, this member sends its own.
 * - A sender that dies is replaced when its lease ends. Parcels leave Redis one by one, after upstream took each:
 *   nothing is lost, and at most one parcel comes twice, unless upstream knows it by its idempotency key.
 * - An upstream in trouble hears from one member only; to the others it is said that theirs did not go either, so they
 *   keep counting at home.
 */
export class ReportPool {
  readonly #name: string;
  readonly #kind: ReportKind;
  readonly #options: PoolOptions;
  readonly #held = new HeldReports();
  readonly #stop = new AbortController();
  /** How its reports are sent, by the latest of them. */
  #request: UpstreamRequest;
  #turns = 0;
  #members = 0;
  #entries = 0;
  #bytes = 0;
  #isLost = false;
  #isLeaving = false;
  #reachedMs: number;
  #cancelNext: () => void = () => {};
  /** Steps in Redis, one after the other. */
  #steps: Promise<unknown> = Promise.resolve();
  #turning: Promise<void> | undefined;

  constructor(name: string, kind: ReportKind, request: UpstreamRequest, options: PoolOptions) {
    this.#name = name;
    this.#kind = kind;
    this.#request = request;
    this.#options = options;
    this.#reachedMs = options.timers.now();
  }

  /** What operators look at: reports kept here, and what is in Redis, as it was at the last look. */
  get figures() {
    return { heldBytes: this.#held.bytes, members: this.#members, entries: this.#entries, bytes: this.#bytes };
  }

  /** Takes a report. Answers like upstream would. */
  async take(request: UpstreamRequest): Promise<UpstreamResponse> {
    const { send, memory, memberId, bounds, figures } = this.#options;
    const { body = '' } = request;
    this.#request = request;
    const isFull = this.#held.bytes + Buffer.byteLength(body) > bounds.limitBytes;
    if (this.#isLost || isFull) {
      figures.alone++;
      return send(request);
    }
    const number = this.#held.add(body);
    const report = { number, body, isLast: this.#isLeaving };
    try {
      const result = await this.#step(() => memory.handOver(this.#name, memberId, report, this.#bounds()));
      if (result.kind === 'held') {
        figures.handedOver++;
        if (!this.#isLeaving) void this.#turn();
        return accepted;
      }
      this.#held.remove(number);
      if (result.kind === 'trouble') return trouble(result.status);
    } catch (error) {
      this.#lost();
      // It may have arrived: then it must not be sent here, too.
      if (!(error instanceof NotReachedError)) return accepted;
      this.#held.remove(number);
    }
    figures.alone++;
    return send(request);
  }

  /** Upstream is done with all reports of this member up to a number. */
  done(number: number): void {
    this.#held.done(number);
  }

  /** From now on reports are the last ones of this member. */
  prepareToLeave(): void {
    this.#isLeaving = true;
    this.#cancelNext();
  }

  /** Leaves the others what is there; where nobody is left, or nobody can be told, sends it. Ends after `deadlineMs`. */
  async leave(deadlineMs: number): Promise<void> {
    this.prepareToLeave();
    const { memory, memberId, timers } = this.#options;
    const untilMs = timers.now() + deadlineMs;
    const cancelAbort = timers.set(() => this.#stop.abort(), deadlineMs);
    await this.#turning;
    this.#cancelNext();
    try {
      // What Redis forgot has to be there before the others are left alone with it.
      await this.#lookAfter(memberId);
      const { keepMs } = this.#bounds();
      const left = await this.#step(() => memory.leave(this.#name, memberId, keepMs));
      while (left === 0 && timers.now() < untilMs && !this.#isLost) {
        await this.#lookAfter(undefined);
        if (this.#entries === 0) break;
        await pause(timers, leavingLookMs);
      }
    } catch {
      this.#lost();
    }
    if (this.#isLost) await this.#sendHeld();
    cancelAbort();
  }

  /** Looks after the pool now, and again later. */
  #turn(): Promise<void> {
    this.#turning ??= this.#lookAfter(this.#options.memberId)
      .catch(async () => {
        this.#lost();
        const { timers } = this.#options;
        if (timers.now() - this.#reachedMs > this.#bounds().keepMs) await this.#sendHeld();
        return Math.min(this.#kind.intervalMs, longestLookMs);
      })
      .then((waitMs) => {
        this.#turning = undefined;
        if (!this.#isLeaving) this.#schedule(waitMs);
      });
    return this.#turning;
  }

  #schedule(waitMs: number): void {
    const { timers, random } = this.#options;
    const { intervalMs } = this.#kind;
    const spreadMs = random() * Math.min(longestSpreadMs, intervalMs / 10);
    this.#cancelNext();
    this.#cancelNext = timers.set(() => void this.#turn(), Math.max(1, Math.min(waitMs, intervalMs)) + spreadMs);
  }

  /** @returns until the next look. Rejects when Redis cannot be reached */
  async #lookAfter(member: string | undefined): Promise<number> {
    const { memory, memberId, timers } = this.#options;
    const { intervalMs } = this.#kind;
    const owner = `${memberId}:${++this.#turns}`;
    const times = { intervalMs, ...this.#times() };
    const found = await this.#step(async () => {
      const turn = await memory.turn(this.#name, member, owner, times);
      if (member !== undefined) {
        this.#held.done(turn.doneNumber);
        await this.#handOverAgain(turn.heldNumber);
      }
      return turn;
    });
    this.#isLost = false;
    this.#reachedMs = timers.now();
    this.#members = found.members;
    this.#entries = found.entries;
    this.#bytes = found.bytes;
    if (found.batch !== undefined) await this.#deliver(found.batch, owner);
    return found.waitMs;
  }

  /** Redis may have forgotten what it had taken. */
  async #handOverAgain(heldNumber: number): Promise<void> {
    const { memory, memberId } = this.#options;
    for (const [number, body] of this.#held.after(heldNumber)) {
      const report = { number, body, isLast: this.#isLeaving };
      const { kind } = await memory.handOver(this.#name, memberId, report, this.#bounds());
      if (kind !== 'held') return;
    }
  }

  /** Sends a batch while holding the lease. What cannot be sent now stays in Redis. Rejects when that is lost. */
  async #deliver({ entries, areParcels }: Batch, owner: string): Promise<void> {
    const { memory, figures, slicing, randomId } = this.#options;
    const settle = (settlement: Parameters<ReportMemory['settle']>[2]) =>
      memory.settle(this.#name, owner, settlement, this.#times());
    let parcels = entries;
    if (!areParcels) {
      const merged = await runInSlices(this.#kind.merge(entries), slicing);
      parcels = merged.map((body) => toParcel(randomId(), body));
      if (!(await settle({ taken: entries.length, instead: parcels }))) return;
      figures.batches++;
      figures.merged += entries.length;
    }
    const queue = [...parcels];
    for (let parcel = queue.shift(); parcel !== undefined; parcel = queue.shift()) {
      const { taken, instead, trouble } = await this.#post(parcel);
      queue.unshift(...instead);
      const isMine = await settle({ taken: taken ? 1 : 0, instead, ...(trouble === undefined ? {} : { trouble }) });
      if (!isMine || trouble !== undefined) return;
    }
    this.#entries -= entries.length;
  }

  async #post(parcel: string) {
    const [id, body] = fromParcel(parcel);
    const { send, resend, figures, timers, randomId } = this.#options;
    const post = { send, resend, now: timers.now, signal: this.#stop.signal };
    const request = { ...this.#request, timeoutMs: this.#postMs };
    const result = await postParcel(request, { id, body }, this.#kind, post);
    figures.sent[result.outcome]++;
    this.#tell(result);
    const { intervalMs } = this.#kind;
    const waitMs = Math.max(intervalMs, result.retryAfterMs);
    return {
      taken: result.outcome !== 'kept',
      instead: (result.halves ?? []).map((half) => toParcel(randomId(), half)),
      trouble: result.outcome === 'kept' ? { status: result.status, waitMs } : undefined,
    };
  }

  #tell({ outcome, reason }: Posted): void {
    const { warn } = this.#options;
    if (outcome === 'dropped') warn(logEvents.usageDropped, `Usage of the fleet is dropped: ${reason}`);
    if (outcome === 'kept') warn(logEvents.usageKept, `Usage of the fleet could not be sent and is kept: ${reason}`);
  }

  /** Sends what this member has handed over to nobody who could be reached. */
  async #sendHeld(): Promise<void> {
    const { slicing, randomId, figures } = this.#options;
    const bodies = this.#held.take();
    if (bodies.length === 0) return;
    figures.alone++;
    const queue = (await runInSlices(this.#kind.merge(bodies), slicing)).map((body) => toParcel(randomId(), body));
    for (let parcel = queue.shift(); parcel !== undefined; parcel = queue.shift()) {
      const { instead, trouble } = await this.#post(parcel);
      queue.unshift(...instead);
      if (trouble === undefined) continue;
      for (const left of [parcel, ...queue]) this.#held.add(fromParcel(left)[1]);
      return;
    }
  }

  #bounds(): ReportBounds {
    return { ...this.#options.bounds, keepMs: this.#times().keepMs };
  }

  /** Longest that a request for all may take. */
  get #postMs(): number {
    return Math.min(this.#request.timeoutMs, longestPostMs);
  }

  /** Times in Redis, in whole milliseconds. A pool outlives the wait between two looks at it. */
  #times(): { readonly leaseMs: number; readonly keepMs: number } {
    return {
      leaseMs: Math.ceil(Math.max(shortestLeaseMs, 2 * this.#postMs)),
      keepMs: Math.ceil(Math.max(this.#options.bounds.keepMs, 2 * this.#kind.intervalMs + 2 * longestSpreadMs)),
    };
  }

  #lost(): void {
    if (!this.#isLost) this.#options.figures.losses++;
    this.#isLost = true;
    if (this.#turning === undefined && !this.#isLeaving) this.#schedule(longestLookMs);
  }

  #step<Result>(run: () => Promise<Result>): Promise<Result> {
    const step = this.#steps.then(run);
    this.#steps = step.catch(() => undefined);
    return step;
  }
}

function trouble(status: number): UpstreamResponse {
  return { ...accepted, status: status === 0 ? 503 : status };
}

function toParcel(id: string, body: string): string {
  return `${id}\n${body}`;
}

function fromParcel(parcel: string): readonly [id: string, body: string] {
  const end = parcel.indexOf('\n');
  return [parcel.slice(0, end), parcel.slice(end + 1)];
}
