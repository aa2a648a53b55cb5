import type { LogEvent } from '../../flags/events/log-event.ts';
import type { Told } from '../../flags/events/tell.ts';
import type { Timers } from '../../flags/timers.ts';

/** A clock for tests, which turns when it is told to. */
export class TestTimers implements Timers {
  #now = 1_000_000;
  #set: { readonly atMs: number; readonly run: () => void }[] = [];

  now = (): number => this.#now;

  set = (run: () => void, ms: number): (() => void) => {
    const one = { atMs: this.#now + ms, run };
    this.#set.push(one);
    return () => {
      this.#set = this.#set.filter((other) => other !== one);
    };
  };

  /** Lets time pass; everything that is due runs, and what follows from it. */
  async pass(ms: number): Promise<void> {
    const untilMs = this.#now + ms;
    for (;;) {
      const [next] = [...this.#set].sort((left, right) => left.atMs - right.atMs);
      if (next === undefined || next.atMs > untilMs) break;
      this.#now = next.atMs;
      this.#set = this.#set.filter((one) => one !== next);
      next.run();
      await settle();
    }
    this.#now = untilMs;
    await settle();
  }
}

/** Lets promises that are under way finish. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}

/** A log that keeps codes and messages. */
export function testLog(): { readonly told: string[]; readonly log: () => Told } {
  const told: string[] = [];
  const logEvent = ({ code }: LogEvent, message: unknown) => void told.push(`${code} ${String(message)}`);
  return { told, log: () => ({ warn: () => {}, error: () => {}, logEvent }) };
}
