import { systemTimers } from '../operations/system-timers.ts';
import { Audience } from './audience.ts';
import type { Link } from './link.ts';

/** When upstream last confirmed what is served, in milliseconds since the epoch, by environment. */
export type Confirmations = readonly (readonly [environment: string, ms: number])[];

const confirmedName = 'confirmed';
/** Workers learn of it this often: ages are told in seconds. */
const intervalMs = 1_000;

/** Tells workers when upstream last confirmed what they serve: none of them asks upstream by itself. */
export class ConfirmationShare {
  readonly #audience = new Audience();
  readonly #system: string;
  readonly #read: () => Confirmations;
  #told = '';

  /** @param system tells several systems of one group apart */
  constructor(system: string, read: () => Confirmations) {
    this.#system = system;
    this.#read = read;
    this.#schedule();
  }

  /** Tells one worker now, and from now on. */
  add(worker: Link): void {
    this.#audience.add(worker);
    worker.note(`${this.#system}-${confirmedName}`, this.#read());
  }

  #schedule(): void {
    systemTimers.set(() => {
      this.#tellNews();
      this.#schedule();
    }, intervalMs);
  }

  #tellNews(): void {
    const all = this.#read();
    const text = JSON.stringify(all);
    if (text === this.#told) return;
    this.#told = text;
    this.#audience.each((worker) => worker.note(`${this.#system}-${confirmedName}`, all));
  }
}

/** Hears in a worker what {@link ConfirmationShare} tells. */
export function followConfirmations(
  system: string,
  primary: Link,
  take: (environment: string, ms: number) => void,
): void {
  primary.onNote(`${system}-${confirmedName}`, (all) => {
    for (const [environment, ms] of all as Confirmations) take(environment, ms);
  });
}
