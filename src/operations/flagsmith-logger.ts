import { flagsmithEventsByName } from '../flags/events/flagsmith.ts';

/** Severities as Flagsmith Edge Proxy names them, with Python's numbers. */
const severities = { CRITICAL: 50, ERROR: 40, WARNING: 30, INFO: 20, DEBUG: 10, NOTSET: 0 } as const;
export type FlagsmithLogLevel = keyof typeof severities;

/** What the logger needs. */
export interface FlagsmithLoggerOptions {
  readonly format: 'generic' | 'json';
  readonly level: FlagsmithLogLevel;
  /** Levels of single loggers; they hold for those below them, too: `uvicorn` for `uvicorn.access`. */
  readonly levels?: ReadonlyMap<string, FlagsmithLogLevel>;
  /** Name of the event in JSON lines. */
  readonly eventField: string;
  readonly colours: boolean;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Takes one line without its end. */
  readonly write: (line: string) => void;
}

type Details = Readonly<Record<string, unknown>>;

const colour: Readonly<Record<FlagsmithLogLevel, number>> = {
  CRITICAL: 31,
  ERROR: 31,
  WARNING: 33,
  INFO: 32,
  DEBUG: 32,
  NOTSET: 0,
};

/**
 * Log lines of Flagsmith Edge Proxy: one JSON object, or a line for people.
 *
 * Source: Flagsmith specification 4.6.
 */
export class FlagsmithLogger {
  readonly #options: FlagsmithLoggerOptions;

  constructor(options: FlagsmithLoggerOptions) {
    this.#options = options;
  }

  /** True when lines of this level are written, by a logger of this name. */
  writes(level: FlagsmithLogLevel, logger = ''): boolean {
    return severities[level] >= severities[this.#levelOf(logger)];
  }

  #levelOf(logger: string): FlagsmithLogLevel {
    const { level, levels } = this.#options;
    for (
      let name = logger;
      levels !== undefined && name !== '';
      name = name.slice(0, Math.max(name.lastIndexOf('.'), 0))
    ) {
      const own = levels.get(name);
      if (own !== undefined && own !== 'NOTSET') return own;
    }
    return levels?.get('') ?? level;
  }

  /** Writes one event. `logger` names the part of the program as the original does. */
  log(level: FlagsmithLogLevel, logger: string, event: string, details: Details = {}): void {
    if (!this.writes(level, logger)) return;
    const { format, eventField, colours, now, write } = this.#options;
    const timestamp = new Date(now()).toISOString();
    const lower = level.toLowerCase();
    const known = flagsmithEventsByName.get(event);
    const told =
      known === undefined || (known.original && format !== 'json') ? details : { ...details, code: known.code };
    if (format === 'json') {
      write(JSON.stringify({ ...told, logger, level: lower, timestamp, [eventField]: event }));
      return;
    }
    const padded = lower.padEnd(9);
    const shown = colours ? `\x1b[${colour[level]}m\x1b[1m${padded}\x1b[0m` : padded;
    const rest = Object.entries(told).map(([name, value]) => ` ${name}=${plain(value)}`);
    write(`${timestamp} [${shown}] ${oneLine(event).padEnd(30)} [${logger}]${rest.join('')}`);
  }
}

function plain(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'null');
  return /[\s"]/.test(text) && typeof value === 'string' ? JSON.stringify(text) : text;
}

function oneLine(text: string): string {
  return text.replaceAll(/[\r\n]+/g, ' ');
}
