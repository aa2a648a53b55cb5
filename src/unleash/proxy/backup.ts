import { logEvents } from '../../flags/events/catalogue.ts';
import { tell } from '../../flags/events/tell.ts';
import type { Logger } from '../../flags/logger.ts';
import type { Timers } from '../../flags/timers.ts';
import type { StorageProvider } from './config-types.ts';

/**
 * Hands definitions to a storage provider, which may be foreign code: nobody waits for it, its faults are logged and go
 * no further, and one that never finishes holds up nothing. One write runs at a time; of those that come in meanwhile
 * the newest follows.
 *
 * Source: Unleash Proxy specification 8.3.
 */
export class Backup {
  /** Writes that failed since the start. */
  failures = 0;
  readonly #storage: StorageProvider;
  readonly #key: string;
  readonly #logger: Logger;
  #writing: Promise<void> | undefined;
  #next: { readonly document: unknown } | undefined;

  constructor(storage: StorageProvider, key: string, logger: Logger) {
    this.#storage = storage;
    this.#key = key;
    this.#logger = logger;
  }

  /** Keeps a document for the next run. */
  keep(document: unknown): void {
    this.#next = { document };
    this.#writing ??= this.#write().then(() => this.#written());
  }

  /** Resolves when what was to be kept is written, or after `limitMs`: a process that ends in the middle keeps nothing. */
  settle(timers: Timers, limitMs: number): Promise<void> {
    const writing = this.#writing;
    if (writing === undefined) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = timers.set(resolve, limitMs);
      void writing.then(() => {
        cancel();
        resolve();
      });
    });
  }

  async #write(): Promise<void> {
    while (this.#next !== undefined) {
      const { document } = this.#next;
      this.#next = undefined;
      try {
        await this.#storage.set(this.#key, document);
      } catch (error) {
        this.failures++;
        tell(
          this.#logger,
          logEvents.backupNotKept,
          new Error(`Unleash Repository error: ${(error as Error | undefined)?.message}`),
        );
      }
    }
  }

  #written(): void {
    this.#writing = undefined;
    if (this.#next !== undefined) this.keep(this.#next.document);
  }
}
