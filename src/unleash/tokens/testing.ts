import type { Timers } from '../../flags/timers.ts';

/** A clock that only moves when told, for tests. */
export interface ManualTimers extends Timers {
  /** Moves on and runs what became due, letting promises settle in between. */
  advance(ms: number): Promise<void>;
}

export function manualTimers(startMs = 1_000_000): ManualTimers {
  let nowMs = startMs;
  let waiting: { readonly atMs: number; readonly run: () => void }[] = [];
  const settle = async () => {
    for (let i = 0; i < 20; i++) await Promise.resolve();
    // Work in slices has its turn once per round, and on a busy machine each step may be a slice.
    for (let i = 0; i < 50; i++) await new Promise<void>((resolve) => setImmediate(resolve));
  };
  return {
    now: () => nowMs,
    set(run, ms) {
      const entry = { atMs: nowMs + ms, run };
      waiting.push(entry);
      return () => {
        waiting = waiting.filter((other) => other !== entry);
      };
    },
    async advance(ms) {
      const endMs = nowMs + ms;
      await settle();
      for (;;) {
        const next = waiting.reduce<(typeof waiting)[number] | undefined>(
          (soonest, entry) => (soonest === undefined || entry.atMs < soonest.atMs ? entry : soonest),
          undefined,
        );
        if (next === undefined || next.atMs > endMs) break;
        nowMs = Math.max(nowMs, next.atMs);
        waiting = waiting.filter((other) => other !== next);
        next.run();
        await settle();
      }
      nowMs = endMs;
    },
  };
}

/** A logger that keeps its lines, for tests. */
export function recordingLogger() {
  const lines: string[] = [];
  const log =
    (level: string) =>
    (message: unknown): void => {
      lines.push(`${level}: ${message instanceof Error ? message.message : String(message)}`);
    };
  return { lines, debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error'), fatal: log('fatal') };
}
