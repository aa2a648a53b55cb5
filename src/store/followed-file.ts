/** Being told of changes of a file, beside looking for them. */
export interface FileWatch {
  /**
   * Watches what matters now: at the start, and after each change. Never rejects.
   *
   * @returns true when something is watched that was not before, and may have changed until then
   */
  renew(): Promise<boolean>;
  stop(): void;
}

/** What following a file needs. Everything outside is passed in. */
export interface FollowedFileOptions {
  /** Text that changes whenever the file does, for example from its times and size. Rejects when there is no file. */
  readonly stamp: () => Promise<string>;
  readonly read: () => Promise<string>;
  /** Takes the file's text. A rejection means that it cannot be used. */
  readonly accept: (text: string) => Promise<void>;
  /** Told once per change why the file cannot be used. What was accepted before stays. */
  readonly onProblem: (error: unknown) => void;
  /** Calls back once after `ms`. @returns a function that cancels */
  readonly schedule: (run: () => void, ms: number) => () => void;
  /** Between two looks that nothing gave rise to. */
  readonly intervalMs: number;
  /** Left out: changes are seen by looking only. */
  readonly watch?: (onEvent: () => void) => FileWatch;
}

/** From the first sign of a change to the look: writing a file takes several steps. */
const settleMs = 100;

/**
 * Reads a file and reads it again whenever it has changed. Looks in intervals, which works on every file system, mounted
 * ones in containers included; and soon after the system tells of a change, where it does.
 *
 * A file that cannot be used is looked at once more before anybody is told: it may have been read while it was written.
 */
export class FollowedFile {
  readonly #options: FollowedFileOptions;
  #seen = '';
  /** Could not be used when it was looked at last, which nobody was told yet. */
  #doubted: string | undefined;
  #isStopped = false;
  #isLooking = false;
  /** There was a sign of a change during a look. */
  #isStale = false;
  #watch: FileWatch | undefined;
  #dueMs = Number.POSITIVE_INFINITY;
  #cancel: () => void = () => {};

  constructor(options: FollowedFileOptions) {
    this.#options = options;
  }

  /** Reads the file for the first time and starts to follow it. Rejects, and follows nothing, when it is unusable. */
  async start(): Promise<void> {
    const { watch, intervalMs } = this.#options;
    await this.readOnce();
    if (this.#isStopped) return;
    this.#watch = watch?.(() => this.#hint());
    await this.#watch?.renew();
    // What happened before the watch was there is found by looking.
    this.#next(this.#watch === undefined ? intervalMs : settleMs);
  }

  /** Reads the file without following it. Rejects when it is unusable. */
  async readOnce(): Promise<void> {
    const { stamp, read, accept } = this.#options;
    this.#seen = await stamp();
    await accept(await read());
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel();
    this.#watch?.stop();
  }

  #hint(): void {
    if (this.#isLooking) this.#isStale = true;
    else if (this.#dueMs > settleMs) this.#next(settleMs);
  }

  #next(ms: number): void {
    if (this.#isStopped) return;
    this.#cancel();
    this.#dueMs = ms;
    this.#cancel = this.#options.schedule(() => void this.#look(), ms);
  }

  async #look(): Promise<void> {
    const { stamp, read, accept, onProblem, intervalMs } = this.#options;
    this.#isLooking = true;
    this.#isStale = false;
    let now = 'missing';
    let isDoubtful = false;
    try {
      now = await stamp();
      if (now !== this.#seen) await accept(await read());
      this.#doubted = undefined;
    } catch (error) {
      isDoubtful = now !== this.#seen && now !== this.#doubted;
      if (isDoubtful) this.#doubted = now;
      else if (now !== this.#seen) onProblem(error);
    }
    if (!isDoubtful) this.#seen = now;
    // A folder that came back may have changed since it was read, and before it was watched.
    const isNewlyWatched = (await this.#watch?.renew()) === true;
    this.#isLooking = false;
    this.#next(isDoubtful || this.#isStale || isNewlyWatched ? settleMs : intervalMs);
  }
}
