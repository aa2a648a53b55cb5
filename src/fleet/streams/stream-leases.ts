import { pauseUntil, type Timers } from '../../flags/timers.ts';
import { UpstreamError } from '../../http/upstream/types.ts';
import type { SharedMemory } from '../sharing/shared-memory.ts';

/** What leases need. */
export interface StreamLeasesOptions {
  readonly memory: Pick<SharedMemory, 'take' | 'renew' | 'release'>;
  /** Tells this member from all others. */
  readonly memberId: string;
  /** How long the fleet waits for a holder that is gone. */
  readonly leaseMs: number;
  readonly timers: Timers;
  readonly random: () => number;
}

/** The right to do what one member does for all. */
export interface Holding {
  /** Aborted when another member has it now. */
  readonly signal: AbortSignal;
  /** Gives it up. After a failure it runs out by itself, so that a fleet does not try again faster than one process. */
  end(hasFailed: boolean): Promise<void>;
}

/** What operators look at. */
export interface StreamFigures {
  held: number;
  /** Streams that another member holds. */
  followed: number;
}

/**
 * Lets one member of a fleet at a time do something that lasts, such as holding a stream. A holder that is gone is
 * replaced when its lease has run out. Without the memory every member holds for itself, after a wait of its own; when
 * the memory is back, the first one stays and the others stop.
 */
export class StreamLeases {
  readonly figures: StreamFigures = { held: 0, followed: 0 };
  readonly #options: StreamLeasesOptions;

  constructor(options: StreamLeasesOptions) {
    this.#options = options;
  }

  /** Resolves when it is this member's turn. @throws UpstreamError when the signal ends the wait */
  async hold(name: string, signal: AbortSignal): Promise<Holding> {
    const { leaseMs, random } = this.#options;
    this.figures.followed++;
    try {
      for (let isSpread = false; ; ) {
        const isMine = await this.#keep(name);
        if (signal.aborted) {
          if (isMine) await this.#release(name);
          throw new UpstreamError('aborted', 'stopped');
        }
        if (isMine || (isMine === undefined && isSpread)) break;
        isSpread = isMine === undefined;
        await pauseUntil(
          this.#options.timers,
          isSpread ? random() * leaseMs : (leaseMs / 3) * (0.75 + random() / 2),
          signal,
        );
      }
    } finally {
      this.figures.followed--;
    }
    return this.#holding(name);
  }

  #holding(name: string): Holding {
    const { timers, leaseMs } = this.#options;
    const lost = new AbortController();
    let hasEnded = false;
    let cancel = () => {};
    const renew = () => {
      cancel = timers.set(() => {
        void this.#keep(name).then((isMine) => {
          if (hasEnded) return;
          if (isMine === false) lost.abort();
          else renew();
        });
      }, leaseMs / 3);
    };
    renew();
    this.figures.held++;
    return {
      signal: lost.signal,
      end: async (hasFailed) => {
        if (hasEnded) return;
        hasEnded = true;
        this.figures.held--;
        cancel();
        if (!hasFailed && !lost.signal.aborted) await this.#release(name);
      },
    };
  }

  /** Takes the lease or keeps it. @returns false when another member has it, undefined when nobody can tell */
  async #keep(name: string): Promise<boolean | undefined> {
    const { memory, memberId, leaseMs } = this.#options;
    try {
      return (await memory.renew(name, memberId, leaseMs)) || (await memory.take(name, memberId, leaseMs));
    } catch {
      return undefined;
    }
  }

  async #release(name: string): Promise<void> {
    await this.#options.memory.release(name, this.#options.memberId).catch(() => undefined);
  }
}
