import type { ReportBounds } from '../../flags/fleet-settings.ts';

/** What became of a report that was handed over. `trouble`: upstream gave this status, or no answer (0), last time. */
export type HandedOver =
  | { readonly kind: 'held' }
  | { readonly kind: 'full' }
  | { readonly kind: 'trouble'; readonly status: number };

/** What a member finds when it looks after a pool. */
export interface Turn {
  /** The highest numbers of this member's reports that arrived, and that are done with. 0 for none. */
  readonly heldNumber: number;
  readonly doneNumber: number;
  /** Until it is worth looking again. */
  readonly waitMs: number;
  /** Members that looked after the pool lately, this one included. */
  readonly members: number;
  readonly entries: number;
  readonly bytes: number;
  /** There when it is this member that sends now. */
  readonly batch: Batch | undefined;
}

/** What is to be sent: reports as they were handed over, or parcels that were made of them. */
export interface Batch {
  readonly entries: readonly string[];
  readonly areParcels: boolean;
}

/** How a step of sending went. */
export interface Settlement {
  /** Entries at the head of the batch that are done with. */
  readonly taken: number;
  /** Take their place. */
  readonly instead?: readonly string[];
  /**
   * Ends the batch until it is tried again: upstream's status, 0 without an answer, and how long to leave it alone. `grows`:
   * longer with each failure, where upstream did not say how long.
   */
  readonly trouble?: { readonly status: number; readonly waitMs: number; readonly grows: boolean };
}

/** The memory was not reached at all: nothing can have happened there. */
export class NotReachedError extends Error {
  override readonly name = 'NotReachedError';
}

/**
 * Where members of a fleet collect reports that one of them sends. Each pool is a queue with a lease. Every promise
 * rejects when the memory cannot be reached; unless it is a {@link NotReachedError}, the step may have been taken.
 */
export interface ReportMemory {
  /**
   * Hands a report over. Numbers of one member grow; one that arrived already does not count twice.
   *
   * @param isLast takes it in times of trouble too: its member leaves
   */
  handOver(
    pool: string,
    member: string,
    report: { readonly number: number; readonly body: string; readonly isLast: boolean },
    bounds: ReportBounds,
  ): Promise<HandedOver>;
  /**
   * Looks after a pool and takes its lease when there is something to send and the interval has passed.
   *
   * @param owner a new name for each call
   * @param member undefined for one that has left, and only wants to send what is there, whatever the interval
   */
  turn(
    pool: string,
    member: string | undefined,
    owner: string,
    times: { readonly intervalMs: number; readonly leaseMs: number; readonly keepMs: number },
  ): Promise<Turn>;
  /** False when the lease is somebody else's by now: whoever asked must not go on. */
  settle(
    pool: string,
    owner: string,
    settlement: Settlement,
    times: { readonly leaseMs: number; readonly keepMs: number },
  ): Promise<boolean>;
  /** Calls back when upstream took, or refused for good, a member's reports up to a number. May be missed. */
  onTaken(listener: (pool: string, member: string, number: number) => void): void;
  /** Leaves a pool. @returns how many members are left */
  leave(pool: string, member: string, keepMs: number): Promise<number>;
}
