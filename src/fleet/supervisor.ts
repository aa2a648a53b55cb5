import { logEvents } from '../flags/events/catalogue.ts';
import { tell } from '../flags/events/tell.ts';
import type { Dealer } from './dealer.ts';
import type { FleetLog } from './fleet.ts';
import { Link, LinkError } from './link.ts';
import type { StartWorker, WorkerProcess } from './worker-process.ts';

/** What supervising needs. */
export interface SupervisorOptions {
  readonly workers: number;
  readonly start: StartWorker;
  /** Called with the link of each new worker before it gets or sends anything. */
  readonly onWorker: (id: number, link: Link) => void;
  /** Runs `callback` after `delayMs`. @returns a function that cancels it */
  readonly setTimer: (callback: () => void, delayMs: number) => () => void;
  /** Milliseconds from some start. */
  readonly elapsedMs: () => number;
  readonly log: () => FleetLog;
  readonly dealer: Dealer | undefined;
}

/** A worker that was started. */
export interface Worker {
  /** From 1; a replacement has the number of the one before it. */
  readonly id: number;
  readonly link: Link;
  readonly process: WorkerProcess;
  /** Ports of its listeners, in the order in which they were opened. Rejects when it cannot start. */
  readonly listening: Promise<readonly (number | undefined)[]>;
  /** Whether it said so. */
  readonly isListening: () => boolean;
  readonly exited: Promise<void>;
  /** How it ended; undefined while it runs. */
  readonly ending: () => string | undefined;
}

interface Place {
  worker: Worker | undefined;
  /** Exits in a row soon after the start. */
  failures: number;
  replacements: number;
}

/** A worker that lived for so long did not end because of its start. */
const stableMs = 10_000;
const firstPauseMs = 250;
const longestPauseMs = 30_000;
/** A worker that does not listen after so long hangs. */
const startLimitMs = 60_000;
/** Longest time that a worker which is replaced waits for its clients to go. */
const drainLimitMs = 5_000;
/** What a worker may take beyond the time that open requests are given. */
const extraStopMs = 2_000;

/**
 * Keeps a number of workers running: one that ends is replaced, ever more slowly when it does so again and again. On
 * demand all are replaced one after the other, each by one that listens already.
 */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #places: Place[];
  /** Replacements on their way. */
  readonly #starting = new Set<Worker>();
  #stopping = false;
  #reloading: Promise<void> | undefined;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#places = Array.from({ length: options.workers }, () => ({ worker: undefined, failures: 0, replacements: 0 }));
  }

  /** Workers that run now. */
  get workers(): Worker[] {
    return this.#places.flatMap(({ worker }) => worker ?? []);
  }

  /** How often a worker had to be replaced since the start, by its number. */
  replacements(id: number): number {
    return this.#places[id - 1]?.replacements ?? 0;
  }

  /**
   * Starts all workers.
   *
   * @returns the ports of the listeners, when all workers listen
   * @throws LinkError when one of them cannot start; none is left then
   */
  async start(): Promise<readonly (number | undefined)[]> {
    const workers = this.#places.map((place, index) => this.#install(place, this.#launch(index + 1)));
    try {
      const [ports = []] = await Promise.all(workers.map(({ listening }) => listening));
      return ports;
    } catch (error) {
      // Whoever stops it waits for that, not for the start.
      if (this.#stopping) return new Promise(() => undefined);
      this.#stopping = true;
      for (const { process } of this.workers) process.kill();
      throw error;
    }
  }

  /** Replaces all workers one after the other. A replacement that cannot start ends it: the rest stay as they are. */
  reload(): Promise<void> {
    this.#reloading ??= this.#reloadAll().finally(() => {
      this.#reloading = undefined;
    });
    return this.#reloading;
  }

  /** Ends all workers: each lets open requests finish for up to `graceMs`, and hands over what it counted. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping = true;
    await Promise.all([...this.workers, ...this.#starting].map((worker) => this.#end(worker, graceMs)));
  }

  #launch(id: number): Worker {
    const { start, onWorker, setTimer, dealer } = this.#options;
    const process = start(id);
    const link = new Link(process.channel);
    onWorker(id, link);
    let ending: string | undefined;
    let isListening = false;
    const listening = new Promise<readonly (number | undefined)[]>((resolve, reject) => {
      const cancel = setTimer(() => {
        reject(new LinkError(`worker ${id} does not listen after ${startLimitMs / 1000} s`));
        process.kill();
      }, startLimitMs);
      link.onNote('listening', (ports) => {
        cancel();
        isListening = true;
        dealer?.add(process.hand);
        resolve(ports as readonly (number | undefined)[]);
      });
      link.onQuestion('failed', (failure) => {
        const { message, code } = failure as { message: string; code?: string };
        reject(new LinkError(message, code));
      });
      process.onExit((how) => {
        cancel();
        reject(new LinkError(`worker ${id} ended before it listened (${how})`));
      });
    });
    listening.catch(() => undefined);
    const exited = new Promise<void>((resolve) => {
      process.onExit((how) => {
        ending = how;
        link.close();
        dealer?.lost(process.hand);
        resolve();
      });
    });
    return { id, link, process, listening, isListening: () => isListening, exited, ending: () => ending };
  }

  /** Puts a worker in its place. When it ends there, another one follows. */
  #install(place: Place, worker: Worker): Worker {
    const { elapsedMs } = this.#options;
    const startedMs = elapsedMs();
    place.worker = worker;
    void worker.exited.then(() => {
      if (place.worker !== worker) return;
      place.worker = undefined;
      if (this.#stopping) return;
      place.failures = elapsedMs() - startedMs >= stableMs ? 0 : place.failures + 1;
      this.#replace(place, worker);
    });
    return worker;
  }

  #replace(place: Place, { id, ending }: Worker): void {
    const { log, setTimer } = this.#options;
    // The first time at once: requests go on with one worker less.
    const pauseMs = place.failures <= 1 ? 0 : Math.min(longestPauseMs, firstPauseMs * 2 ** (place.failures - 2));
    place.replacements += 1;
    tell(
      log(),
      logEvents.workerEnded,
      `Worker ${id} ended (${ending()}); it is replaced ${pauseMs === 0 ? 'now' : `in ${pauseMs / 1000} s`}`,
    );
    setTimer(() => {
      if (this.#stopping || place.worker !== undefined) return;
      const worker = this.#install(place, this.#launch(id));
      worker.listening.then(
        () => tell(log(), logEvents.workerBack, `Worker ${id} listens again (process ${worker.process.pid})`),
        (error: Error) => {
          if (!this.#stopping) tell(log(), logEvents.workerCannotStart, `Worker ${id} cannot start: ${error.message}`);
          worker.process.kill();
        },
      );
    }, pauseMs);
  }

  async #reloadAll(): Promise<void> {
    const { log } = this.#options;
    tell(log(), logEvents.workersReplacing, `Replacing ${this.#places.length} workers one after the other`);
    for (const [index, place] of this.#places.entries()) {
      // What is started from now on would outlive the end.
      if (this.#stopping) return;
      const next = this.#launch(index + 1);
      this.#starting.add(next);
      try {
        await next.listening;
      } catch (error) {
        next.process.kill();
        if (!this.#stopping)
          tell(log(), logEvents.workerNotReplaced, `Worker ${next.id} is not replaced: ${(error as Error).message}`);
        return;
      } finally {
        this.#starting.delete(next);
      }
      const old = place.worker;
      this.#install(place, next);
      if (old === undefined || this.#stopping) continue;
      place.replacements += 1;
      this.#options.dealer?.remove(old.process.hand);
      await this.#limited(old.link.ask('drain', drainLimitMs), drainLimitMs + extraStopMs);
      await this.#end(old, drainLimitMs);
    }
    tell(log(), logEvents.workersReplaced, 'All workers were replaced');
  }

  async #end(worker: Worker, graceMs: number): Promise<void> {
    // Before it listens there is nothing to finish; and Bun loses what a process is told before it is ready to hear.
    if (worker.isListening()) {
      worker.link.note('stop', graceMs);
      await this.#limited(worker.exited, graceMs + extraStopMs);
    }
    worker.process.kill();
    await worker.exited;
  }

  /** Resolves with `work`, whatever comes of it, or after `limitMs`. */
  #limited(work: Promise<unknown>, limitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#options.setTimer(resolve, limitMs);
      const done = () => {
        cancel();
        resolve();
      };
      work.then(done, done);
    });
  }
}
