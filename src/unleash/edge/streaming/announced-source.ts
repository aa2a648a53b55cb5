import type { TokenSource, TokenSourceSink } from '../types.ts';
import { highestId } from './events.ts';
import { StreamSource, type StreamSourceOptions } from './stream-source.ts';

/** How a token is fetched with when its changes are announced. */
export interface AnnouncedSourceOptions extends Omit<StreamSourceOptions, 'fallback'> {
  /** Asks in intervals, and at once when told to. Makes changes known to `sink`. */
  readonly createPolled: (sink: TokenSourceSink) => TokenSource;
}

/** Upstream may announce a change before each of its servers tells it. */
const lookAgainMs = [0, 1_000, 2_000, 4_000];

/**
 * Asks for changes when upstream's stream announces one, and in intervals besides. For processes that share what they
 * ask for: one of them holds the stream, and all get the change by asking.
 */
export class AnnouncedSource implements TokenSource {
  readonly #polled: TokenSource;
  readonly #stream: StreamSource;
  readonly #options: AnnouncedSourceOptions;
  /** Number of the last event that was taken. */
  #known = -1;
  #announced = -1;
  #isStopped = false;

  constructor(
    token: ConstructorParameters<typeof StreamSource>[0],
    sink: TokenSourceSink,
    options: AnnouncedSourceOptions,
  ) {
    this.#options = options;
    this.#polled = options.createPolled({
      document: (document) => sink.document(document),
      held: (name) => sink.held?.(name),
      events: async (delta) => {
        await sink.events(delta);
        this.#known = highestId((delta as { readonly events: readonly unknown[] }).events) ?? this.#known;
      },
      refused: (status) => sink.refused(status),
      checked: (report) => sink.checked(report),
    });
    this.#stream = new StreamSource(token, this.#announcements(), options);
  }

  async start(): Promise<void> {
    await this.#polled.start();
    if (!this.#isStopped) void this.#stream.start();
  }

  async refresh(): Promise<void> {
    await this.#polled.refresh?.();
  }

  stop(): void {
    this.#isStopped = true;
    this.#stream.stop();
    this.#polled.stop();
  }

  /** What the stream says is only taken as a sign. That a token is refused, asking tells too. */
  #announcements(): TokenSourceSink {
    return {
      document: () => this.refresh(),
      events: async (delta) => {
        const id = highestId((delta as { readonly events: readonly unknown[] }).events);
        if (id === undefined || id <= this.#known || id <= this.#announced) return;
        this.#announced = id;
        void this.#look(id, 0);
      },
      refused: () => undefined,
      checked: () => undefined,
    };
  }

  async #look(id: number, attempt: number): Promise<void> {
    await this.refresh();
    const delayMs = lookAgainMs[attempt];
    if (delayMs === undefined || this.#isStopped || this.#known >= id || this.#announced > id) return;
    this.#options.timers.set(() => void this.#look(id, attempt + 1), delayMs);
  }
}
