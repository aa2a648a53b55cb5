import type { WaitingConnection } from './socket-table.ts';

/** How long a peer may be silent, in milliseconds. */
export interface PeerLimits {
  /** Between two looks. */
  readonly lookMs: number;
  /** A peer that confirms nothing for this long has vanished: its machine, or the way to it, is gone. */
  readonly vanishedMs: number;
  /** A peer whose system answers, while its program takes nothing for this long, is stalled. */
  readonly stalledMs: number;
}

export const usualPeerLimits: PeerLimits = { lookMs: 10_000, vanishedMs: 30_000, stalledMs: 60_000 };

/** Peers that were given up in one look. */
export interface LostPeers {
  readonly vanished: number;
  readonly stalled: number;
}

/** What watching peers needs. */
export interface PeerWatchOptions {
  readonly limits: PeerLimits;
  /** All connections with something waiting, in pieces. Undefined where the system does not tell. */
  readonly readTable: () => AsyncIterable<readonly WaitingConnection[]> | undefined;
  /** Any clock that only goes forward, in milliseconds. */
  readonly elapsedMs: () => number;
  /** Calls back once after `ms`. @returns a function that cancels */
  readonly schedule: (run: () => void, ms: number) => () => void;
}

/** What a connection looked like since it made no progress. */
interface Suspicion {
  readonly sinceMs: number;
  readonly seen: WaitingConnection;
}

/**
 * Finds connections without anybody behind. A machine that loses its power or network says no goodbye: what is sent to
 * it waits, and the system gives up after a quarter of an hour only. Neither Node nor Bun tells how much waits, so the
 * system's own table is looked at: signs of life are sent now and then, and a peer that confirms none of them is gone.
 *
 * Costs one reading of the table per look, only while something is watched, in pieces between which requests go on.
 */
export class PeerWatch {
  readonly #options: PeerWatchOptions;
  readonly #cut = new Map<string, () => void>();
  readonly #listeners = new Set<(lost: LostPeers) => void>();
  readonly #totals = { vanished: 0, stalled: 0 };
  #suspicions = new Map<string, Suspicion>();
  #cancelLook: (() => void) | undefined;
  #isLooking = false;

  constructor(options: PeerWatchOptions) {
    this.#options = options;
  }

  /** Peers that were given up since the start. */
  get totals(): LostPeers {
    return this.#totals;
  }

  /** Connections that are watched now. */
  get size(): number {
    return this.#cut.size;
  }

  /** Calls back after each look that gave peers up. @returns a function that stops that */
  onLost(listener: (lost: LostPeers) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Watches a connection until the function that is returned is called.
   *
   * @param cut ends the connection at once
   */
  add(key: string, cut: () => void): () => void {
    this.#cut.set(key, cut);
    this.#schedule();
    return () => {
      if (this.#cut.get(key) === cut) this.#cut.delete(key);
    };
  }

  #schedule(): void {
    if (this.#isLooking || this.#cancelLook !== undefined || this.#cut.size === 0) return;
    this.#cancelLook = this.#options.schedule(() => {
      this.#cancelLook = undefined;
      this.#isLooking = true;
      void this.#look().finally(() => {
        this.#isLooking = false;
        this.#schedule();
      });
    }, this.#options.limits.lookMs);
  }

  async #look(): Promise<void> {
    const { readTable, limits, elapsedMs } = this.#options;
    const nowMs = elapsedMs();
    const next = new Map<string, Suspicion>();
    const lost = { vanished: 0, stalled: 0 };
    try {
      for await (const connections of readTable() ?? []) {
        for (const seen of connections) {
          const cut = this.#cut.get(seen.key);
          if (cut === undefined || (seen.retries === 0 && !seen.isPeerFull)) continue;
          const before = this.#suspicions.get(seen.key);
          const sinceMs = before !== undefined && isStuck(before.seen, seen) ? before.sinceMs : nowMs;
          const kind = seen.retries > 0 ? 'vanished' : 'stalled';
          if (nowMs - sinceMs < limits[`${kind}Ms`]) next.set(seen.key, { sinceMs, seen });
          else {
            this.#cut.delete(seen.key);
            lost[kind] += 1;
            cut();
          }
        }
      }
    } catch {
      // Read in the next look. What was suspected begins anew, so that nobody is cut off wrongly.
    }
    this.#suspicions = next;
    if (lost.vanished + lost.stalled === 0) return;
    this.#totals.vanished += lost.vanished;
    this.#totals.stalled += lost.stalled;
    for (const listener of this.#listeners) listener(lost);
  }
}

/** True when the peer confirmed nothing between two looks. Whatever it confirms sets the count of retries to 0. */
function isStuck(before: WaitingConnection, now: WaitingConnection): boolean {
  if (now.retries > 0 || before.retries > 0) return now.retries > 0 && now.retries >= before.retries;
  return now.isPeerFull && before.isPeerFull && now.queuedBytes >= before.queuedBytes;
}
