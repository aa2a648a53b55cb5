import { inspect } from 'node:util';
import type { LogEvent } from '../flags/events/log-event.ts';
import { LevelLogger, type LogLevelName, logLevels } from './level-logger.ts';
import { coded, describe } from './log-text.ts';

/**
 * The original's log lines: `LEVEL: message [ arguments ]`, or one JSON object per line. Errors keep their text in both
 * forms.
 *
 * Source: Unleash Proxy specification 8.5; 9.2, 5 and 9.
 */
export class SimpleLogger extends LevelLogger {
  readonly #threshold: number;
  readonly #asJson: boolean;
  readonly #write: (line: string) => void;

  /** @param write takes one line without its end */
  constructor(level: LogLevelName = 'warn', asJson = false, write: (line: string) => void = console.log) {
    super();
    this.#threshold = logLevels.indexOf(level);
    this.#asJson = asJson;
    this.#write = write;
  }

  /** True when debug lines are written. Making them costs more than answering. */
  get writesDebug(): boolean {
    return this.#threshold === 0;
  }

  protected log(level: LogLevelName, message: unknown, args: readonly unknown[], event?: LogEvent): void {
    if (logLevels.indexOf(level) < this.#threshold) return;
    if (this.#asJson) {
      this.#write(asJsonLine(level, describe(message), args, event?.code));
      return;
    }
    const rest = args.length > 0 ? ` ${inspect(args)}` : '';
    this.#write(`${level.toUpperCase()}: ${coded(describe(message), event)}${rest}`);
  }
}

function plain(value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  return { name: value.name, message: value.message, code: (value as { code?: unknown }).code };
}

/** Arguments may refer to themselves or fail when looked at; a line must not fail what it tells about. */
function asJsonLine(level: LogLevelName, message: string, args: readonly unknown[], code?: string): string {
  try {
    return JSON.stringify({ level, message, args: args.map(plain), code });
  } catch {
    return JSON.stringify({ level, message, args: args.map((value) => inspect(value)), code });
  }
}
