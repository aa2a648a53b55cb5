import type { ReportKind } from '../../flags/report-kind.ts';
import type { SendUpstream, UpstreamRequest } from '../../http/upstream/types.ts';
import { requestNames } from '../sharing/conversation.ts';
import { emptyReportFigures } from './report-figures.ts';
import { type PoolOptions, ReportPool } from './report-pool.ts';

/** Which requests are reports that a fleet adds up; undefined for all others. */
export type ChooseReports = (request: UpstreamRequest) => ReportKind | undefined;

/** What one pool of a member, or all together, look like from outside. */
export interface PoolFigures {
  readonly heldBytes: number;
  readonly members: number;
  readonly entries: number;
  readonly bytes: number;
}

const mostPools = 1_000;

/** Reports of one member of a fleet: each kind and credential has its pool. */
export class MergedReports {
  readonly figures = emptyReportFigures();
  readonly #choose: ChooseReports;
  readonly #options: PoolOptions;
  readonly #pools = new Map<string, ReportPool>();
  #isLeaving = false;

  /** @param options what pools need, `resend` being this object's own business */
  constructor(choose: ChooseReports, options: Omit<PoolOptions, 'resend' | 'figures' | 'onIdle'>) {
    this.#choose = choose;
    const onIdle = (name: string) => void this.#pools.delete(name);
    this.#options = { ...options, figures: this.figures, resend: (request) => this.send(request), onIdle };
    options.memory.onTaken((pool, member, number) => {
      if (member === options.memberId) this.#pools.get(pool)?.done(number);
    });
  }

  /** True for what {@link send} is to be used for. */
  takes(request: UpstreamRequest): boolean {
    return this.#choose(request) !== undefined;
  }

  /** Takes a report. What belongs to no pool goes to upstream. */
  readonly send: SendUpstream = async (request) => {
    const kind = this.#choose(request);
    const pool = kind && this.#poolOf(request, kind);
    return pool === undefined ? this.#options.send(request) : pool.take(request);
  };

  /** Kinds and credentials that were reported with lately. */
  get size(): number {
    return this.#pools.size;
  }

  /** Of all pools together; of members the most. */
  poolFigures(): PoolFigures {
    const total = { heldBytes: 0, members: 0, entries: 0, bytes: 0 };
    for (const { figures } of this.#pools.values()) {
      total.heldBytes += figures.heldBytes;
      total.entries += figures.entries;
      total.bytes += figures.bytes;
      total.members = Math.max(total.members, figures.members);
    }
    return total;
  }

  /** From now on reports are the last ones of this member. */
  prepareToLeave(): void {
    this.#isLeaving = true;
    for (const pool of this.#pools.values()) pool.prepareToLeave();
  }

  /** Leaves what is there to the others, or sends it. */
  async leave(deadlineMs: number): Promise<void> {
    this.prepareToLeave();
    await Promise.all(Array.from(this.#pools.values(), (pool) => pool.leave(deadlineMs)));
  }

  #poolOf(request: UpstreamRequest, kind: ReportKind): ReportPool | undefined {
    const name = poolName(request, kind);
    const known = this.#pools.get(name);
    if (known !== undefined || this.#pools.size >= mostPools) return known;
    const pool = new ReportPool(name, kind, request, this.#options);
    if (this.#isLeaving) pool.prepareToLeave();
    this.#pools.set(name, pool);
    return pool;
  }
}

/** The same for reports that may go in one request. Credentials are in it as part of a hash only. */
function poolName(request: UpstreamRequest, { idempotencyHeader }: ReportKind): string {
  const headers = Object.fromEntries(
    Object.entries(request.headers).filter(([name]) => name.toLowerCase() !== idempotencyHeader?.toLowerCase()),
  );
  return requestNames({ ...request, headers, body: '' }, false).conversation;
}
