import type { Timers } from '../../flags/timers.ts';

/** Clock, timers and chance, passed in so that tests can turn them. */
export interface UpstreamTimers extends Timers {
  /** A number from 0 up to, but not including, 1. */
  random(): number;
  /** Lets other work run in between; for computations in slices. */
  yieldToOthers(): Promise<void>;
  /** Told of a document that was put in use where there was none before, with its length in characters. */
  loaded?(length: number): void;
}

/** Where the upstream part reports to. `details` are for machines. */
export interface UpstreamLog {
  info(message: string, details: Readonly<Record<string, unknown>>): void;
  warn(message: string, details: Readonly<Record<string, unknown>>): void;
  error(message: string, details: Readonly<Record<string, unknown>>): void;
}
