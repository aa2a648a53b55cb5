import type { Fleet } from '../fleet/fleet.ts';

/**
 * Starts what serves. Prints the line that it returns, which says that it listens, once for a whole group of processes:
 * in a worker it is the primary that is told, also when the start fails.
 */
export async function startIn(fleet: Fleet, start: () => Promise<string | undefined>): Promise<void> {
  try {
    const line = await start();
    if (fleet.primary === undefined && line !== undefined) console.log(line);
    fleet.started();
  } catch (error) {
    if (fleet.primary === undefined) throw error;
    await fleet.failed(error);
    process.exit(1);
  }
}
