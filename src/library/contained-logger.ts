import type { LogEvent } from '../flags/events/log-event.ts';
import type { Logger } from '../flags/logger.ts';

type Level = Exclude<keyof Logger, 'logEvent'>;

/** What is called when a logger lacks a level, as `console` lacks `fatal`. */
const substitutes: Readonly<Record<Level, readonly Level[]>> = {
  debug: [],
  info: ['debug'],
  warn: ['info'],
  error: ['warn'],
  fatal: ['error', 'warn'],
};

/**
 * Puts a logger from outside behind one that never throws: logging is the last thing that may end a request or a
 * process. Levels that it lacks go to the nearest one it has.
 *
 * Source: Unleash Proxy specification 8.5.
 */
export function containLogger(logger: Partial<Logger>): Logger {
  const call = (level: Level) => {
    const chosen = [level, ...substitutes[level]].find((candidate) => typeof logger[candidate] === 'function');
    return (message: unknown, ...args: unknown[]): void => {
      if (chosen === undefined) return;
      try {
        const result: unknown = logger[chosen]?.(message, ...args);
        if (result instanceof Promise) result.catch((error) => complain(level, error));
      } catch (error) {
        complain(level, error);
      }
    };
  };
  const levels = {
    debug: call('debug'),
    info: call('info'),
    warn: call('warn'),
    error: call('error'),
    fatal: call('fatal'),
  };
  if (typeof logger.logEvent !== 'function') return levels;
  const logEvent = (event: LogEvent, message: unknown, ...args: unknown[]): void => {
    try {
      logger.logEvent?.(event, message, ...args);
    } catch (error) {
      complain(event.level, error);
    }
  };
  return { ...levels, logEvent };
}

function complain(level: Level, error: unknown): void {
  const reason = error instanceof Error ? error.message : 'it threw something that is no error';
  console.error(`halyard: the logger failed in "${level}": ${reason}`);
}
