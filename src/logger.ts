/** Deep import of the original: `…/dist/logger`. */

export type { Logger } from './flags/logger.ts';
export { SimpleLogger } from './operations/simple-logger.ts';

/** Severities, least first. */
export const LogLevel = {
  debug: 'debug',
  info: 'info',
  warn: 'warn',
  error: 'error',
  fatal: 'fatal',
} as const;
export type LogLevel = keyof typeof LogLevel;
