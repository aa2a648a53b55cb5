import { inspect } from 'node:util';

/** Severities, least first. */
export const logLevels = ['debug', 'info', 'warn', 'error', 'fatal'] as const;
export type LogLevelName = (typeof logLevels)[number];

/**
 * The original's log lines: `LEVEL: message [ arguments ]`, or one JSON object per line. Errors keep their text in both
 * forms.
 *
 * Source: Unleash Proxy specification 8.5; 9.2, 5 and 9.
 */
export class SimpleLogger {
  readonly #threshold: number;
  readonly #asJson: boolean;
  readonly #write: (line: string) => void;

  /** @param write takes one line without its end */
  constructor(level: LogLevelName = 'warn', asJson = false, write: (line: string) => void = console.log) {
    this.#threshold = logLevels.indexOf(level);
    this.#asJson = asJson;
    this.#write = write;
  }

  /** True when debug lines are written. Making them costs more than answering. */
  get writesDebug(): boolean {
    return this.#threshold === 0;
  }

  debug(message: unknown, ...args: unknown[]): void {
    this.#log('debug', message, args);
  }

  info(message: unknown, ...args: unknown[]): void {
    this.#log('info', message, args);
  }

  warn(message: unknown, ...args: unknown[]): void {
    this.#log('warn', message, args);
  }

  error(message: unknown, ...args: unknown[]): void {
    this.#log('error', message, args);
  }

  fatal(message: unknown, ...args: unknown[]): void {
    this.#log('fatal', message, args);
  }

  #log(level: LogLevelName, message: unknown, args: unknown[]): void {
    if (logLevels.indexOf(level) < this.#threshold) return;
    if (this.#asJson) {
      this.#write(asJsonLine(level, describe(message), args));
      return;
    }
    const rest = args.length > 0 ? ` ${inspect(args)}` : '';
    this.#write(`${level.toUpperCase()}: ${describe(message)}${rest}`);
  }
}

function describe(message: unknown): string {
  if (message instanceof Error) return `${message.name}: ${message.message}`;
  return typeof message === 'string' ? message : inspect(message);
}

function plain(value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  return { name: value.name, message: value.message, code: (value as { code?: unknown }).code };
}

/** Arguments may refer to themselves or fail when looked at; a line must not fail what it tells about. */
function asJsonLine(level: LogLevelName, message: string, args: readonly unknown[]): string {
  try {
    return JSON.stringify({ level, message, args: args.map(plain) });
  } catch {
    return JSON.stringify({ level, message, args: args.map((value) => inspect(value)) });
  }
}
