import type { LogEvent } from '../flags/events/log-event.ts';
import { LevelLogger, type LogLevelName } from './level-logger.ts';
import { coded, describe } from './log-text.ts';

const levels = ['trace', 'debug', 'info', 'warn', 'error'] as const;
type Level = (typeof levels)[number];

/** Forms of log lines (`--log-format`). */
export type EdgeLogFormat = 'plain' | 'json' | 'pretty';

/** What the edge logger needs. */
export interface EdgeLoggerOptions {
  readonly format: EdgeLogFormat;
  /** A filter such as `info` or `warn,unleash_edge=debug`. */
  readonly filter: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Takes one line, or several for `pretty`, without the last end. */
  readonly write: (line: string) => void;
}

const target = 'unleash_edge';

/**
 * Log lines in the three forms of Unleash Edge: one line of text, one JSON object, or several lines.
 *
 * Source: Unleash Edge specification 23.
 */
export class EdgeLogger extends LevelLogger {
  readonly #options: EdgeLoggerOptions;
  readonly #threshold: number;

  constructor(options: EdgeLoggerOptions) {
    super();
    this.#options = options;
    this.#threshold = thresholdOf(options.filter);
  }

  protected log(asked: LogLevelName, message: unknown, args: readonly unknown[], event?: LogEvent): void {
    // Edge has no higher level than an error.
    const level: Level = asked === 'fatal' ? 'error' : asked;
    if (levels.indexOf(level) < this.#threshold) return;
    const { format, now, write } = this.#options;
    const timestamp = new Date(now()).toISOString();
    const text = [message, ...args].map(describe).join(' ');
    const name = level.toUpperCase();
    if (format === 'json') {
      write(JSON.stringify({ timestamp, level: name, fields: { message: text, code: event?.code }, target }));
      return;
    }
    const line = `${timestamp} ${name.padStart(5)} ${target}: ${coded(text, event)}`;
    write(format === 'pretty' ? `  ${line}\n    at ${target}\n` : line.replaceAll('\n', ' '));
  }
}

/** Position of the lowest level that is let through; past the end for `off`. */
function thresholdOf(filter: string): number {
  let threshold = levels.indexOf('info');
  for (const directive of filter.split(',').map((part) => part.trim().toLowerCase())) {
    const [scope, level] = directive.includes('=') ? directive.split('=') : [undefined, directive];
    if (scope !== undefined && !scope.startsWith(target)) continue;
    const position = level === 'off' ? levels.length : levels.indexOf(level as Level);
    if (position < 0) continue;
    threshold = position;
    // A filter for this program wins over the general one, wherever it stands.
    if (scope !== undefined) return threshold;
  }
  return threshold;
}
