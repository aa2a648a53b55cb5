import type { Logger } from './logger.ts';

/** A logger for what somebody else tells already: everything goes to the level for debugging, without a code. */
export function debugOnly(logger: Logger): Logger {
  const debug = (message: unknown, ...args: unknown[]) => logger.debug(message, ...args);
  return { debug, info: debug, warn: debug, error: debug, fatal: debug };
}
