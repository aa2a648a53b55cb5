import type { LogEvent } from '../flags/events/log-event.ts';

/** Severities that code can ask for, least first. */
export const logLevels = ['debug', 'info', 'warn', 'error', 'fatal'] as const;
export type LogLevelName = (typeof logLevels)[number];

/** The methods that loggers share. How a line looks is each one's own. */
export abstract class LevelLogger {
  debug(message: unknown, ...args: unknown[]): void {
    this.log('debug', message, args);
  }

  info(message: unknown, ...args: unknown[]): void {
    this.log('info', message, args);
  }

  warn(message: unknown, ...args: unknown[]): void {
    this.log('warn', message, args);
  }

  error(message: unknown, ...args: unknown[]): void {
    this.log('error', message, args);
  }

  fatal(message: unknown, ...args: unknown[]): void {
    this.log('fatal', message, args);
  }

  /** The code is a member of JSON lines, and stands in brackets behind messages that are not the original's. */
  logEvent(event: LogEvent, message: unknown, ...args: unknown[]): void {
    this.log(event.level, message, args, event);
  }

  /** Writes a line when its level is let through. */
  protected abstract log(level: LogLevelName, message: unknown, args: readonly unknown[], event?: LogEvent): void;
}
