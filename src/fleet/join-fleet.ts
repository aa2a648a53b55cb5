import { availableCores } from '../config/available-cores.ts';
import { leaveCoresToServing } from '../operations/collecting-threads.ts';
import { alone, type Fleet } from './fleet.ts';
import { workerVariable } from './worker-variable.ts';

/**
 * What this process is: a worker where a primary started it as one, else the primary of some workers, or alone with
 * fewer than two. What the others need is not loaded by a process that is alone: it takes 5 MB.
 */
export async function joinFleet(workers: number): Promise<Fleet> {
  leaveCoresToServing(availableCores(), Math.max(1, workers));
  if (isWorker()) {
    // The primary decides when to end: a terminal sends its signals to all processes, and usage is handed over last.
    for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);
    process.on('disconnect', () => process.exit(1));
    const { createWorkerFleet } = await import('./worker.ts');
    const { primaryChannel } = await import('./worker-process.ts');
    return createWorkerFleet(primaryChannel(), () => process.exit(0));
  }
  if (workers < 2) return alone;
  const { createPrimaryFleet } = await import('./primary.ts');
  const { startWorker } = await import('./worker-process.ts');
  const fleet = createPrimaryFleet({
    workers,
    start: startWorker,
    setTimer: (callback, delayMs) => {
      const timer = setTimeout(callback, delayMs);
      return () => clearTimeout(timer);
    },
    elapsedMs: () => performance.now(),
    dealer: process.versions.bun === undefined ? new (await import('./dealer.ts')).Dealer() : undefined,
  });
  process.on('SIGHUP', () => void fleet.reload());
  return fleet;
}

/** True in a process that a primary started to serve. */
export function isWorker(): boolean {
  return Boolean(process.env[workerVariable]) && process.send !== undefined;
}
