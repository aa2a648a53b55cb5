import type { LogEvent } from './events/log-event.ts';

/** Where control parts report to. An `Error` may be passed as the message. */
export interface Logger {
  debug(message: unknown, ...args: unknown[]): void;
  info(message: unknown, ...args: unknown[]): void;
  warn(message: unknown, ...args: unknown[]): void;
  error(message: unknown, ...args: unknown[]): void;
  fatal(message: unknown, ...args: unknown[]): void;
  /** Takes events of the catalogue with their code. Loggers without it get the message alone, at the event's level. */
  logEvent?(event: LogEvent, message: unknown, ...args: unknown[]): void;
}
