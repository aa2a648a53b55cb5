import { setFlagsFromString } from 'node:v8';

/**
 * Has V8 mark and sweep on the thread that serves, in small steps between requests, where this process has no core to
 * spare. Node starts four helper threads however few cores there are: on one, each collection of everything left a fifth
 * of it to requests for 70 to 100 ms. With this the worst stall of a swap of 5,000 flags is 20 to 30 instead of 40 to
 * 48 ms, and requests cost no more (docs/performance/collection.md). On Bun nothing happens.
 *
 * @param cores how many this process may run on
 * @param servers how many processes like this one share them
 * @param setFlag sets an option of V8's. Others of this kind, as `--no-parallel-marking`, end the process when they are
 * set after the start; these two are looked at whenever a collection begins
 */
export function leaveCoresToServing(
  cores: number,
  servers: number,
  setFlag: (flag: string) => void = typeof Bun === 'undefined' ? setFlagsFromString : () => undefined,
): void {
  if (cores > servers) return;
  setFlag('--no-concurrent-marking');
  setFlag('--no-concurrent-sweeping');
}
