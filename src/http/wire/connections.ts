import type { HttpHandler } from '../types.ts';
import type { Connection, ConnectionState } from './connection.ts';
import { KnownFields } from './known-fields.ts';

/** Largest head of a request in bytes, as in Unleash Edge. */
export const usualMaxHeadBytes = 128 * 1024;

/** Bodies that drip in for longer hold a connection for nothing. */
const bodyMs = 60_000;
/** A client that takes nothing of its reply for this long is not there. */
const sendingMs = 600_000;
/** A client that was told that this is the end has this long to close. */
const overMs = 2_000;
/** Of a server that closes, connections without a request have this long for one that is on its way. */
const arrivingMs = 20;
/** What clients have for a head where nothing else is said, as on Node. */
const usualHeadMs = 60_000;

/** How connections are to be treated. */
export interface ConnectionsOptions {
  readonly handler: HttpHandler;
  /** Idle connections are closed after this long; 0 never. */
  readonly keepAliveTimeoutMs: number;
  /** A client has this long for a head, and for its first byte. */
  readonly headTimeoutMs?: number | undefined;
  readonly onError?: ((error: unknown) => void) | undefined;
  /** Any clock that only goes forward, in milliseconds. */
  readonly elapsedMs: () => number;
  /** Calls back again and again. @returns a function that stops it */
  readonly every: (ms: number, run: () => void) => () => void;
}

/** All connections of one listener: ends those that last too long, and all of them in the end. */
export class Connections {
  readonly handler: HttpHandler;
  readonly onError: ((error: unknown) => void) | undefined;
  readonly maxHeadBytes = usualMaxHeadBytes;
  readonly knownFields = new KnownFields();
  /** The time of the last look. Coarse, as it is asked for with each request. */
  nowMs = 0;
  /** From now on connections end with their next reply. */
  isLeaving = false;
  /** From now on connections end once they are idle. */
  isClosing = false;
  /** Told about each request. */
  onRequest: (() => void) | undefined;
  readonly #open = new Set<Connection>();
  readonly #options: ConnectionsOptions;
  readonly #lookMs: number;
  readonly #limits: Readonly<Record<ConnectionState, number>>;
  #stopLooking: (() => void) | undefined;
  #lastLookMs = 0;
  #wasLate = false;
  #onEmpty: (() => void) | undefined;

  constructor(options: ConnectionsOptions) {
    const { handler, onError, keepAliveTimeoutMs, headTimeoutMs = usualHeadMs } = options;
    this.handler = handler;
    this.onError = onError;
    this.#options = options;
    const idleMs = keepAliveTimeoutMs === 0 ? Number.POSITIVE_INFINITY : keepAliveTimeoutMs;
    this.#limits = {
      new: headTimeoutMs,
      idle: idleMs,
      head: headTimeoutMs,
      body: bodyMs,
      answering: Number.POSITIVE_INFINITY,
      streaming: Number.POSITIVE_INFINITY,
      sending: sendingMs,
      over: overMs,
    };
    this.#lookMs = Math.min(1_000, Math.max(250, Math.min(idleMs, headTimeoutMs) / 4));
  }

  get size(): number {
    return this.#open.size;
  }

  add(connection: Connection): void {
    this.#open.add(connection);
    if (this.#stopLooking !== undefined) return;
    this.#lastLookMs = this.#options.elapsedMs();
    this.#stopLooking = this.#options.every(this.#lookMs, () => this.#look());
  }

  /** It is gone. */
  remove(connection: Connection): void {
    if (!this.#open.delete(connection) || this.#open.size > 0) return;
    this.#stopLooking?.();
    this.#stopLooking = undefined;
    this.#onEmpty?.();
  }

  /** Ends connections with the replies to what has arrived by now, idle ones without, and after `graceMs` all of them. */
  close(graceMs: number): Promise<void> {
    this.isLeaving = true;
    this.isClosing = true;
    if (this.#open.size === 0) return Promise.resolve();
    const others = this.#onEmpty;
    return new Promise((resolve) => {
      const endUnused = () => {
        for (const connection of [...this.#open]) if (isUnused(connection.state)) connection.close();
      };
      // Only behind a look at the sockets: after a timer by itself a busy process has not read what arrived meanwhile.
      const wait = setTimeout(() => setImmediate(endUnused), Math.min(graceMs, arrivingMs));
      const force = setTimeout(() => {
        for (const connection of [...this.#open]) cut(connection);
      }, graceMs);
      this.#onEmpty = () => {
        clearTimeout(wait);
        clearTimeout(force);
        others?.();
        resolve();
      };
    });
  }

  #look(): void {
    const elapsedMs = this.#options.elapsedMs();
    const passedMs = elapsedMs - this.#lastLookMs;
    this.#lastLookMs = elapsedMs;
    // After a pause of the whole process, what came meanwhile has yet to be read: nobody was idle for so long, and who seems
    // to be may have asked for something. Not twice in a row: a process may be as busy as that all the time.
    this.nowMs += Math.min(passedMs, 2 * this.#lookMs);
    this.#wasLate = passedMs > 2 * this.#lookMs && !this.#wasLate;
    if (this.#wasLate) return;
    for (const connection of [...this.#open]) {
      const { state } = connection;
      if (state === 'sending') connection.noteProgress();
      // A state may have begun right before the look that it is counted from.
      if (this.nowMs - connection.sinceMs <= this.#limits[state] + this.#lookMs) continue;
      if (state === 'head') connection.refuse(408);
      else cut(connection);
    }
  }
}

/** What was sent completely still arrives. */
function cut(connection: Connection): void {
  const { state } = connection;
  if (isUnused(state) || state === 'over') connection.close();
  else connection.destroy();
}

function isUnused(state: ConnectionState): boolean {
  return state === 'new' || state === 'idle';
}
