import type { Slicing } from '../../../flags/steps.ts';
import type { HttpReply, ReplySink, ReplyStream } from '../../../http/types.ts';
import { type ClientFeatures, type EdgeEnvironments, type EdgeToken, RawFeature } from '../types.ts';

/** Cuts nothing into slices. */
export const atOnce: Slicing = { elapsedMs: () => 0, yieldNow: async () => undefined };

/** Environments that a test fills. */
export class TestEnvironments implements EdgeEnvironments {
  readonly #held = new Map<string, ClientFeatures>();
  readonly #listeners = new Set<Parameters<EdgeEnvironments['onChange']>[0]>();

  current(key: string): ClientFeatures | undefined {
    return this.#held.get(key);
  }

  onChange(listener: Parameters<EdgeEnvironments['onChange']>[0]): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  set(key: string, document: ClientFeatures | undefined, events?: readonly unknown[]): void {
    if (document === undefined) this.#held.delete(key);
    else this.#held.set(key, document);
    for (const listener of this.#listeners) listener(key, document, events);
  }
}

/** A client behind a stream: what it was sent, and whether it takes more. */
export class TestClient implements ReplySink {
  text = '';
  ended: 'open' | 'end' | 'abort' = 'open';
  /** False: the client does not read. */
  reads = true;
  readonly status: number;
  readonly #stream: ReplyStream | undefined;

  constructor(reply: HttpReply) {
    this.status = reply.status;
    this.#stream = reply.stream;
    this.#stream?.opened(this);
  }

  write(bytes: Uint8Array): boolean {
    this.text += Buffer.from(bytes).toString();
    return this.reads;
  }

  end(): void {
    this.#close('end');
  }

  abort(): void {
    this.#close('abort');
  }

  /** Goes away by itself. */
  leave(): void {
    this.#close('end');
  }

  /** Reads again. */
  resume(): void {
    this.reads = true;
    this.#stream?.drained();
  }

  /** Names and ids of the events received, then forgets them. */
  take(): string[] {
    const events = [...this.text.matchAll(/id: (\d+)\nevent: ([a-z-]+)\n/g)].map(([, id, name]) => `${name} ${id}`);
    this.text = '';
    return events;
  }

  #close(how: 'end' | 'abort'): void {
    if (this.ended !== 'open') return;
    this.ended = how;
    this.#stream?.closed();
  }
}

export const flag = (name: string, project = 'dx', enabled = true): RawFeature =>
  new RawFeature({ name, project, enabled });

export const definitions = (...features: RawFeature[]): ClientFeatures => ({ version: 2, features });

export const clientToken = (text: string, projects: readonly string[] = ['*']): EdgeToken => ({
  token: text,
  type: 'client',
  environment: 'e',
  projects,
  status: 'Validated',
});
