import { basename } from 'node:path';
import { turningPoints } from './turning-points.ts';

/** An open watch of one folder. */
export interface FolderWatch {
  close(): void;
}

/** Watches one folder, not what is below it. Throws, or calls `onError` later, when the system cannot. */
export type WatchFolder = (
  folder: string,
  onEvent: (kind: string, name: string | null) => void,
  onError: (error: unknown) => void,
) => FolderWatch;

/** What watching a path needs. */
export interface PathWatchOptions {
  readonly path: string;
  readonly watchFolder: WatchFolder;
  /** Something may have changed. Comes several times for one change. */
  readonly onEvent: () => void;
  /** Told once when the system cannot watch, for example at its limit of watches. Nothing is watched from then on. */
  readonly onProblem: (error: unknown) => void;
}

/**
 * Is told by the system of everything that may change what is found at a path: a file written, replaced, deleted and made
 * anew, a link on the way swapped, a folder gone and come back. Watches folders, because a watch of a file ends with the
 * file. Some file systems tell nothing, network ones above all, so whoever uses this looks in intervals, too.
 */
export class PathWatch {
  readonly #options: PathWatchOptions;
  readonly #open = new Map<string, FolderWatch>();
  #names: ReadonlyMap<string, ReadonlySet<string>> = new Map();
  #isOver = false;

  constructor(options: PathWatchOptions) {
    this.#options = options;
  }

  /**
   * Watches the folders that matter now. To be called at first, and after something changed. Never rejects.
   *
   * @returns true when a folder is watched that was not before: what happened there until now was told to nobody
   */
  async renew(): Promise<boolean> {
    if (this.#isOver) return false;
    const names = await turningPoints(this.#options.path);
    if (this.#isOver) return false;
    this.#names = names;
    for (const folder of this.#open.keys()) if (!names.has(folder)) this.#close(folder);
    const missing = [...names.keys()].filter((folder) => !this.#open.has(folder));
    for (const folder of missing) this.#watch(folder);
    return missing.some((folder) => this.#open.has(folder));
  }

  stop(): void {
    this.#isOver = true;
    for (const folder of this.#open.keys()) this.#close(folder);
  }

  #watch(folder: string): void {
    const failed = (error: unknown) => {
      // It went away in this very moment, which is a change like others.
      if (!this.#isOver && !isMissing(error)) {
        this.stop();
        this.#options.onProblem(error);
      }
    };
    try {
      const onEvent = (kind: string, name: string | null) => this.#heard(folder, kind, name);
      this.#open.set(folder, this.#options.watchFolder(folder, onEvent, failed));
    } catch (error) {
      failed(error);
    }
  }

  #heard(folder: string, kind: string, name: string | null): void {
    if (this.#isOver) return;
    // So it is told when the folder itself is moved or deleted: its watch hears nothing of the next one of its name.
    const isFolder = kind === 'rename' && name === basename(folder);
    if (isFolder) this.#close(folder);
    if (isFolder || name === null || this.#names.get(folder)?.has(name) !== false) this.#options.onEvent();
  }

  #close(folder: string): void {
    this.#open.get(folder)?.close();
    this.#open.delete(folder);
  }
}

function isMissing(error: unknown): boolean {
  const { code } = error as { readonly code?: unknown };
  return code === 'ENOENT' || code === 'ENOTDIR';
}
