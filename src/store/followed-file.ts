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
  readonly intervalMs: number;
}

/**
 * Reads a file and reads it again whenever it has changed. Looks in intervals instead of asking the system to be told:
 * that works on every file system, mounted ones in containers included.
 */
export class FollowedFile {
  readonly #options: FollowedFileOptions;
  #seen = '';
  #stopped = false;
  #cancel: () => void = () => {};

  constructor(options: FollowedFileOptions) {
    this.#options = options;
  }

  /** Reads the file for the first time and starts to follow it. Rejects, and follows nothing, when it is unusable. */
  async start(): Promise<void> {
    const { stamp, read, accept } = this.#options;
    this.#seen = await stamp();
    await accept(await read());
    this.#next();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel();
  }

  #next(): void {
    if (this.#stopped) return;
    this.#cancel = this.#options.schedule(() => void this.#look(), this.#options.intervalMs);
  }

  async #look(): Promise<void> {
    const { stamp, read, accept, onProblem } = this.#options;
    let now = 'missing';
    try {
      now = await stamp();
      if (now !== this.#seen) await accept(await read());
    } catch (error) {
      if (now !== this.#seen) onProblem(error);
    }
    this.#seen = now;
    this.#next();
  }
}
