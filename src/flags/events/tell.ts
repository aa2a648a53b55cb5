import type { Logger } from '../logger.ts';
import type { LogEvent } from './log-event.ts';

/** What can be told: a whole logger, or the levels that the teller uses. */
export type Told = Partial<Logger> & Pick<Logger, 'warn' | 'error'>;

/**
 * Logs an event of the catalogue at its level. Loggers that know codes get it; others get the message alone.
 *
 * @param message what happened this time; an `Error` may be passed
 */
export function tell(logger: Told, event: LogEvent, message: unknown, ...args: unknown[]): void {
  if (logger.logEvent !== undefined) logger.logEvent(event, message, ...args);
  else if (event.level === 'error') logger.error(message, ...args);
  else if (event.level === 'warn') logger.warn(message, ...args);
  else logger[event.level]?.(message, ...args);
}
