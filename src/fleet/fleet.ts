import type { Everywhere } from '../flags/everywhere.ts';
import type { Logger } from '../flags/logger.ts';
import { listen } from '../http/hosts/listen.ts';
import type { Listen } from '../http/hosts/types.ts';
import { type Instruments, noInstruments } from '../http/instruments.ts';
import { type GroupFigures, noFigures } from './group-figures.ts';
import type { Link } from './link.ts';

/**
 * Serves a new worker: answers its questions from now on. The function that it returns is called when the worker is
 * ready to listen to everything it has to know, and tells it all and then each change until the link closes.
 */
export type Share = (worker: Link) => () => void;

/** Takes what operators may want to read about the fleet itself. */
export type FleetLog = Pick<Logger, 'warn' | 'error' | 'logEvent'>;

/**
 * What a serving program gets from the kind of process that it runs in. The program is the same in all of them: alone
 * it listens; in a primary, to listen means that workers do; in a worker, upstream is the primary.
 */
export interface Fleet {
  /** How to listen here. */
  readonly listen: Listen;
  /** What watches requests and upstream calls of this process. */
  readonly instruments: Instruments;
  /** Where systems offer their figures to what exports them. */
  readonly figures: GroupFigures;
  /** In a worker: where state comes from and usage goes to. Undefined otherwise. */
  readonly primary: Link | undefined;
  /** In a primary: adds what each worker is told when it starts. To be called before listening. Undefined otherwise. */
  readonly share: ((share: Share) => void) | undefined;
  /** In a worker: listening waits for this, called when the primary has told everything. Undefined otherwise. */
  readonly before: ((ready: () => Promise<unknown>) => void) | undefined;
  /**
   * Notes how much a system holds here, such as its environments. What is returned says whether all processes that serve
   * hold as much as the primary; once they did, it stays true.
   */
  readonly held: (system: string, count: () => number) => Everywhere;
  /** Sets where messages of the fleet itself go. */
  readonly logTo: (log: FleetLog) => void;
  /** To be called when everything listens. */
  readonly started: () => void;
  /** To be called when the start failed, before the process ends. */
  readonly failed: (error: unknown) => Promise<void>;
  /** In a primary: ends all workers, also those that still start; each lets open requests finish for up to `graceMs`. */
  readonly stopWorkers: (graceMs: number) => Promise<void>;
  /** To be called when everything else has ended: sends what was watched, within `limitMs`. */
  readonly ended: (limitMs: number) => Promise<void>;
  /** Sets what ends this process cleanly when its primary wants that. */
  readonly onStop: (stop: () => void) => void;
}

/** One process that does everything. */
export const alone: Fleet = {
  listen,
  instruments: noInstruments,
  figures: noFigures,
  primary: undefined,
  share: undefined,
  before: undefined,
  held: () => () => true,
  logTo: () => undefined,
  started: () => undefined,
  failed: async () => undefined,
  stopWorkers: async () => undefined,
  ended: async () => undefined,
  onStop: () => undefined,
};
