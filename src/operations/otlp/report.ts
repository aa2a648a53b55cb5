import { logEvents } from '../../flags/events/catalogue.ts';
import { type Told, tell } from '../../flags/events/tell.ts';
import { shownUrl } from '../../http/upstream/shown-url.ts';

/** Tells operators how one signal fares: one line when it goes wrong, and one when it is well again. */
export class Report {
  readonly #signal: 'traces' | 'metrics';
  readonly #where: string;
  readonly #log: () => Told;
  #failing = false;
  #dropping = false;

  constructor(signal: 'traces' | 'metrics', url: string, log: () => Told) {
    this.#signal = signal;
    // What its query holds may be a key.
    this.#where = shownUrl(url).replace(/[?#].*$/s, '');
    this.#log = log;
  }

  failed(why: string): void {
    if (this.#failing) return;
    this.#failing = true;
    const message = `The collector at ${this.#where} does not take ${this.#signal}: ${why}`;
    tell(this.#log(), logEvents.otlpNotTaken, message);
  }

  taken(): void {
    this.#dropping = false;
    if (!this.#failing) return;
    this.#failing = false;
    tell(this.#log(), logEvents.otlpTakenAgain, `The collector at ${this.#where} takes ${this.#signal} again`);
  }

  /** @param limit most that may wait */
  dropped(limit: number): void {
    if (this.#dropping) return;
    this.#dropping = true;
    tell(this.#log(), logEvents.otlpSpansDropped, `${limit} spans wait for the collector; more are dropped`);
  }
}
