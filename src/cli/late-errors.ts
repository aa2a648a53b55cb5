import { logEvents } from '../flags/events/catalogue.ts';
import { tell } from '../flags/events/tell.ts';
import type { Logger } from '../flags/logger.ts';

/**
 * Keeps what extensions throw after they have returned, from timers and promises that nobody waits for, from ending
 * the process: it is logged, and requests go on. Errors of the start are waited for, so none of them comes this way.
 */
export function containLateErrors(logger: Logger): void {
  const contain = (error: unknown) => tell(logger, logEvents.extensionFailedLate, error);
  process.on('uncaughtException', contain);
  process.on('unhandledRejection', contain);
}
