import type { Environment } from '../config/option.ts';
import { workerVariable } from './worker-variable.ts';

/**
 * Has glibc's allocator give memory back to the system: it keeps an arena per thread and, once something large was
 * freed, ever larger pieces. On Node that is 6 MiB with 5,000 flags and 15 to 25 after a load of compressed answers, at no
 * cost in CPU that could be told from noise (docs/performance/memory.md). They are read when a program starts; other C
 * libraries ignore them.
 */
const allocatorSettings = {
  MALLOC_ARENA_MAX: '1',
  MALLOC_MMAP_THRESHOLD_: '131072',
  MALLOC_TRIM_THRESHOLD_: '131072',
};

/**
 * The environment of worker `id`: that of its primary, and on Node settings of the allocator, where the operator has made
 * none. Bun has an allocator of its own.
 */
export function workerEnvironment(environment: Environment, id: number, onNode: boolean): Record<string, string> {
  const given = Object.entries(environment).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return { ...(onNode ? allocatorSettings : {}), ...Object.fromEntries(given), [workerVariable]: String(id) };
}
