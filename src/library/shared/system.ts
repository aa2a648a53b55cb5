import type { HttpHandler } from '../../http/types.ts';
import type { OperatorMode } from '../../operations/operator/types.ts';
import type { OfrepParts } from '../ofrep/attach.ts';

/** One flag system of a process, put together but not running: a server for it alone, or one for several, runs it. */
export interface ServedSystem {
  readonly handler: HttpHandler;
  /** What OpenFeature clients are answered from; a server for several systems joins them. */
  readonly ofrep?: OfrepParts | undefined;
  /** What it tells operator tools. */
  readonly operator: OperatorMode;
  /** True for paths that are this system's beside others, whatever it answers there. */
  readonly owns: (path: string) => boolean;
  /**
   * Resolves when requests can be answered; what upstream does may come later.
   *
   * @throws what makes a start of this system senseless, for example settings that contradict each other
   */
  start(): Promise<void>;
  /** Ends the streams of all clients, which a stop would wait for. Clients come back by themselves. */
  endStreams(): void;
  /** Ends all work; sends and keeps what is left, each for no longer than `limitMs`. */
  stop(limitMs: number): Promise<void>;
}

/** One server for several systems. */
export interface SharedServer {
  /** Starts all systems side by side, then listens. Returns the port in use; undefined when it was closed meanwhile. */
  start(): Promise<number | undefined>;
  /** Stops accepting, lets open requests finish, sends and keeps what is left of all. */
  close(): Promise<void>;
}
