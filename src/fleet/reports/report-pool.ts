import type { ReportBounds } from '../../flags/fleet-settings.ts';
import type { ReportKind } from '../../flags/report-kind.ts';
import { pause, type Timers } from '../../flags/timers.ts';
import type { UpstreamRequest, UpstreamResponse } from '../../http/upstream/types.ts';
import { Delivery, type DeliveryOptions, type Settle } from './delivery.ts';
import { HeldReports } from './held-reports.ts';
import { NotReachedError, type ReportMemory } from './report-memory.ts';

/** What all pools of a member have in common. */
export interface PoolOptions extends DeliveryOptions {
  readonly memory: ReportMemory;
  /** Tells this member from all others. */
  readonly memberId: string;
  readonly bounds: ReportBounds;
  readonly timers: Timers;
  readonly random: () => number;
  /** A pool ends after so long without reports of any member; an hour, where nothing is said. */
  readonly idleMs?: number | undefined;
  /** Told when it has. */
  readonly onIdle?: ((name: string) => void) | undefined;
}

const accepted: UpstreamResponse = { status: 202, body: new Uint8Array(), header: () => undefined };
const shortestLeaseMs = 10_000;
/** Requests upstream may have no limit of time at all: the lease of a sender that died has to end all the same. */
const longestPostMs = 60_000;
/** A member without Redis looks for it this often. */
const longestLookMs = 5_000;
const longestSpreadMs = 1_000;
const defaultIdleMs = 3_600_000;
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
  readonly #delivery: Delivery;
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
  #reportedMs: number;
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
    this.#reportedMs = this.#reachedMs;
    this.#delivery = new Delivery(kind, options);
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
    this.#reportedMs = this.#options.timers.now();
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
      .then(async (waitMs) => {
        const hasEnded = await this.#endIfIdle().catch(() => false);
        this.#turning = undefined;
        if (!this.#isLeaving && !hasEnded) this.#schedule(waitMs);
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
    if (found.batch !== undefined) {
      const settle: Settle = (settlement) => memory.settle(this.#name, owner, settlement, this.#times());
      if (await this.#delivery.batch(this.#post(), found.batch, settle)) this.#entries -= found.batch.entries.length;
    }
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

  /** Sends what this member has handed over to nobody who could be reached. */
  async #sendHeld(): Promise<void> {
    const bodies = this.#held.take();
    if (bodies.length === 0) return;
    this.#options.figures.alone++;
    for (const body of await this.#delivery.alone(this.#post(), bodies)) this.#held.add(body);
  }

  /** How a parcel is sent: like the latest report, and ended when this member is. */
  #post(): UpstreamRequest {
    return { ...this.#request, timeoutMs: this.#postMs, signal: this.#stop.signal };
  }

  /** True when nothing has been here for a while, for nobody. */
  get #isIdle(): boolean {
    const { timers, idleMs = defaultIdleMs } = this.#options;
    const quietMs = timers.now() - this.#reportedMs;
    const isEmpty = this.#held.bytes === 0 && this.#entries === 0 && !this.#isLost && !this.#isLeaving;
    return isEmpty && quietMs > Math.max(idleMs, 2 * this.#kind.intervalMs);
  }

  /** Ends where nobody reports any more: leaves Redis, and is forgotten by {@link PoolOptions.onIdle}. @returns false when a report came in between, or Redis is away */
  async #endIfIdle(): Promise<boolean> {
    if (!this.#isIdle) return false;
    const { memory, memberId, onIdle } = this.#options;
    // Numbers of reports begin anew in the next pool of this name: what Redis knows of them has to go first.
    const { keepMs } = this.#bounds();
    await this.#step(() => memory.leave(this.#name, memberId, keepMs));
    if (!this.#isIdle) return false;
    onIdle?.(this.#name);
    return true;
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
