import { logEvents } from '../flags/events/catalogue.ts';
import { tell } from '../flags/events/tell.ts';
import type { Logger } from '../flags/logger.ts';
import { Entity } from '../http/entity.ts';
import type { RawContext } from '../unleash/context/raw-context.ts';
import { isRecord } from '../unleash/definitions/is-record.ts';
import type { DefinitionsFilter } from '../unleash/proxy/definitions-document.ts';
import { jsonType, type ListKind } from '../unleash/proxy/toggle-list.ts';
import type { ToggleSource } from '../unleash/proxy/toggle-source.ts';
import { toClientContext } from './client-context.ts';
import type { IClient, IMetrics } from './client-types.ts';

/** What answering from a client object needs. */
export interface ClientSourceOptions {
  readonly logger: Logger;
  /** Longest that a client may take for one answer. */
  readonly limitMs: number;
  /** Like `setTimeout`; returns a function that cancels. */
  readonly setTimer: (run: () => void, ms: number) => () => void;
}

/**
 * Answers from an application's own client object. What it returns is serialised as it is; what it throws, or does not
 * return in time, fails the one request.
 *
 * Source: Unleash Proxy specification 7, client interface.
 */
export class ClientSource implements ToggleSource {
  /** Resolves when the client is ready for the first time. */
  readonly ready: Promise<void>;
  readonly #client: IClient;
  readonly #options: ClientSourceOptions;
  #isReady = false;
  #resolveReady: () => void = () => {};

  constructor(client: IClient, options: ClientSourceOptions) {
    this.#client = client;
    this.#options = options;
    this.ready = new Promise((resolve) => {
      this.#resolveReady = resolve;
    });
    client.on?.('ready', () => this.#becomeReady());
    this.isReady();
  }

  /** Never withdrawn. A client that emits nothing is asked again. */
  isReady(): boolean {
    if (this.#isReady) return true;
    try {
      if (this.#client.isReady()) this.#becomeReady();
    } catch (error) {
      tell(this.#options.logger, logEvents.clientFailed, error);
    }
    return this.#isReady;
  }

  list(kind: ListKind, context: RawContext): Promise<Entity> {
    const given = toClientContext(context);
    return this.#toggles(() =>
      kind === 'all' ? this.#client.getAllToggles(given) : this.#client.getEnabledToggles(given),
    );
  }

  named(names: readonly string[], context: RawContext): Promise<Entity> {
    return this.#toggles(() => this.#client.getDefinedToggles([...names], toClientContext(context)));
  }

  async definitions({ project, namePrefix }: DefinitionsFilter): Promise<Entity> {
    const all = await this.#within(() => this.#client.getFeatureToggleDefinitions());
    if (!Array.isArray(all)) throw new TypeError('the client returned no list of definitions');
    const features = all.filter(
      (feature) =>
        (project === undefined || (isRecord(feature) && feature.project === project)) &&
        (namePrefix === undefined || (isRecord(feature) && String(feature.name).startsWith(namePrefix))),
    );
    return new Entity(JSON.stringify({ version: 2, features }), jsonType);
  }

  /** Throws what the client throws; what it rejects with is logged, because the request is answered by then. */
  registerMetrics(body: unknown): void {
    const result = this.#client.registerMetrics(body as IMetrics);
    Promise.resolve(result).catch((error) => tell(this.#options.logger, logEvents.clientFailed, error));
  }

  async #toggles(ask: () => unknown): Promise<Entity> {
    const toggles = await this.#within(ask);
    if (!Array.isArray(toggles)) throw new TypeError('the client returned no list of toggles');
    return new Entity(JSON.stringify({ toggles }), jsonType);
  }

  #within(ask: () => unknown): Promise<unknown> {
    const { limitMs, setTimer } = this.#options;
    return new Promise((resolve, reject) => {
      const cancel = setTimer(() => reject(new Error(`the client took longer than ${limitMs} ms`)), limitMs);
      new Promise((answered) => answered(ask())).then(resolve, reject).finally(cancel);
    });
  }

  #becomeReady(): void {
    this.#isReady = true;
    this.#resolveReady();
  }
}
