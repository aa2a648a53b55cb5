/**
 * What strategy files that were written for the original need of the package `unleash-client`, under its names. Such
 * files say `require('unleash-client')`; where that package is not installed, they get this module instead.
 *
 * Source: Unleash Proxy specification 8.1.
 */

/** Base class of custom strategies: call `super(name)` and override `isEnabled`. Never on by itself. */
export class Strategy {
  readonly name: string;
  readonly #answer: boolean;

  constructor(name: string, returnValue = false) {
    this.name = name || 'unknown';
    this.#answer = returnValue;
  }

  /**
   * Whether the strategy holds. Constraints, segments and variants are not its business. Called synchronously: a
   * promise counts as true. What it throws counts as false and is logged once.
   *
   * @param _parameters as the definitions have them, unconverted
   * @param _context `appName`, `environment`, `userId`, `sessionId`, `remoteAddress`, `currentTime` where known, and
   * `properties`
   */
  isEnabled(_parameters?: unknown, _context?: unknown): boolean {
    return this.#answer;
  }
}

/** A storage provider that forgets everything with the process. */
export class InMemStorageProvider {
  readonly #values = new Map<string, unknown>();

  async set(key: string, data: unknown): Promise<void> {
    this.#values.set(key, data);
  }

  async get(key: string): Promise<unknown> {
    return this.#values.get(key);
  }
}
