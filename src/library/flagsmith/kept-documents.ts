import type { StateStore } from '../../flags/state-store.ts';
import type { Timers } from '../../flags/timers.ts';
import type { KeptTexts } from '../../flagsmith/service.ts';
import type { UpstreamLog } from '../../flagsmith/upstream/timers.ts';
import { FreshnessNotes } from './freshness-notes.ts';
import { decodeKept, encodeKept, entryOf } from './kept-text.ts';

/** What keeping documents needs. */
export interface KeptDocumentsOptions {
  readonly store: StateStore;
  readonly timers: Timers;
  readonly log: UpstreamLog;
  /** When upstream last confirmed a document, in milliseconds since the epoch. */
  readonly lastSuccessMs: (name: string) => number | null;
}

const intervalMs = 60_000;
/** A store that failed this often in a row is not asked again while starting: every question may take its time limit. */
const readFailuresAllowed = 2;

/**
 * Keeps texts in a store. One operation at a time; what could not be kept is tried again within a minute, the newest
 * text only. When upstream confirms a text without changing it, that moment is kept too, so that its age is right after
 * a restart. Nothing here ever rejects.
 */
export class KeptDocuments implements KeptTexts {
  /** Writes that failed since the start. */
  failures = 0;
  readonly #options: KeptDocumentsOptions;
  readonly #notes: FreshnessNotes;
  /** Texts to be kept; null: to be forgotten. */
  readonly #waiting = new Map<string, string | null>();
  readonly #names = new Set<string>();
  #readFailures = 0;
  #saving: Promise<void> = Promise.resolve();
  #cancelNext: () => void = () => undefined;

  constructor(options: KeptDocumentsOptions) {
    this.#options = options;
    this.#notes = new FreshnessNotes(options.store, () => options.timers.now());
    this.#schedule();
  }

  async read(name: string): Promise<{ readonly text: string; readonly savedMs: number } | null> {
    const { store, log } = this.#options;
    if (this.#readFailures >= readFailuresAllowed) return null;
    try {
      const bytes = await store.load(entryOf(name));
      this.#readFailures = 0;
      if (bytes === undefined || bytes.length === 0) return null;
      const kept = decodeKept(new TextDecoder().decode(bytes));
      if (kept?.name !== name) {
        log.error('kept_document_unusable', { name, store: store.label });
        return null;
      }
      this.#names.add(name);
      return { text: kept.text, savedMs: Math.max(kept.savedMs, (await this.#notes.read(entryOf(name))) ?? 0) };
    } catch (error) {
      this.#readFailures += 1;
      log.error('kept_documents_unusable', { store: store.label, reason: messageOf(error) });
      return null;
    }
  }

  write(name: string, text: string): Promise<void> {
    this.#names.add(name);
    this.#waiting.set(name, text);
    return this.#save();
  }

  remove(name: string): Promise<void> {
    this.#names.delete(name);
    this.#waiting.set(name, null);
    return this.#save();
  }

  /** Keeps what is left, for no longer than `limitMs`, and lets go of the store. */
  async stop(limitMs: number): Promise<void> {
    this.#cancelNext();
    const limited = new Promise<void>((resolve) => this.#options.timers.set(resolve, limitMs));
    await Promise.race([this.#round(), limited]);
    await this.#options.store.close().catch(() => undefined);
  }

  #schedule(): void {
    this.#cancelNext = this.#options.timers.set(() => void this.#round().then(() => this.#schedule()), intervalMs);
  }

  async #round(): Promise<void> {
    await this.#save();
    const { store, log, lastSuccessMs } = this.#options;
    const seen = [...this.#names].flatMap((name): [string, number][] => {
      const ms = this.#waiting.has(name) ? null : lastSuccessMs(name);
      return ms === null ? [] : [[entryOf(name), ms]];
    });
    const held = new Set([...this.#names].map(entryOf));
    await this.#notes.write(seen, held).catch((error: unknown) => {
      log.warn('document_age_not_kept', { store: store.label, reason: messageOf(error) });
    });
  }

  #save(): Promise<void> {
    this.#saving = this.#saving.then(() => this.#saveAll());
    return this.#saving;
  }

  async #saveAll(): Promise<void> {
    const { store, timers, log } = this.#options;
    for (const [name, text] of [...this.#waiting]) {
      try {
        if (text === null) await store.remove(entryOf(name));
        else await store.save(entryOf(name), encodeKept({ name, text, savedMs: timers.now() }));
        if (this.#waiting.get(name) === text) this.#waiting.delete(name);
      } catch (error) {
        this.failures++;
        log.error('document_not_kept', { name, store: store.label, reason: messageOf(error) });
        return;
      }
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
