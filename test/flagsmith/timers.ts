import type { UpstreamLog, UpstreamTimers } from '../../src/flagsmith/upstream/timers.ts';

interface Alarm {
  readonly at: number;
  readonly run: () => void;
}

/** A clock that only moves when told to. */
export class TestTimers implements UpstreamTimers {
  #now: number;
  #alarms: Alarm[] = [];

  constructor(now = 1_000_000) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  random(): number {
    return 0;
  }

  yieldToOthers(): Promise<void> {
    return Promise.resolve();
  }

  set(run: () => void, ms: number): () => void {
    const alarm = { at: this.#now + ms, run };
    this.#alarms.push(alarm);
    return () => {
      this.#alarms = this.#alarms.filter((item) => item !== alarm);
    };
  }

  /** Milliseconds until the next alarm; null without one. */
  get next(): number | null {
    const earliest = Math.min(...this.#alarms.map(({ at }) => at));
    return this.#alarms.length === 0 ? null : earliest - this.#now;
  }

  /** Moves the clock, letting everything that is due happen and finish. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (;;) {
      const due = this.#alarms.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.#alarms = this.#alarms.filter((item) => item !== due);
      this.#now = Math.max(this.#now, due.at);
      due.run();
      await settled();
    }
    this.#now = end;
    await settled();
  }
}

/** Waits until everything that does not wait for a timer is done. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 200; i++) await Promise.resolve();
}

/** A log that keeps what it is told. */
export function testLog(): UpstreamLog & { readonly lines: string[] } {
  const lines: string[] = [];
  const at = (level: string) => (message: string, details: Readonly<Record<string, unknown>>) =>
    void lines.push(`${level} ${message} ${JSON.stringify(details)}`);
  return { lines, info: at('info'), warn: at('warn'), error: at('error') };
}
