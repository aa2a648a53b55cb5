import { EventEmitter } from 'node:events';
import { logEvents } from '../flags/events/catalogue.ts';
import { tell } from '../flags/events/tell.ts';
import type { Entity } from '../http/entity.ts';
import type { RawContext } from '../unleash/context/raw-context.ts';
import type { IProxyConfig } from '../unleash/proxy/config-types.ts';
import type { ProxyService } from '../unleash/proxy/service.ts';
import type { ListKind } from '../unleash/proxy/toggle-list.ts';
import type { ToggleSource } from '../unleash/proxy/toggle-source.ts';
import { createService } from './assemble.ts';
import { fixContext, toRawContext } from './client-context.ts';
import type { ClientContext, FeatureToggleStatus, IClient, IMetrics } from './client-types.ts';
import { containLogger } from './contained-logger.ts';
import type { ProxyModeParts } from './operator/proxy-mode.ts';

/** What fetches, or follows another process, and answers. */
export type AnsweringService = Pick<ProxyService, 'source' | 'ready' | 'start' | 'stop' | 'setToken'> & ProxyModeParts;

const decoder = new TextDecoder();

/**
 * Halyard's engine as a client object: what the API answers from, readable in the same process. Emits `ready` once.
 * Before that its lists are empty.
 *
 * Source: Unleash Proxy specification 7; 10, #46, #47 and #52.
 */
export class BuiltInClient extends EventEmitter implements IClient {
  /** Resolves when definitions are held for the first time. */
  readonly ready: Promise<void>;
  readonly #config: IProxyConfig;
  readonly #service: AnsweringService;
  #started = false;

  /** Nothing is fetched before {@link start}. */
  constructor(config: IProxyConfig, create: (config: IProxyConfig) => AnsweringService = createService) {
    super();
    this.#config = config;
    this.#service = create({ ...config, logger: containLogger(config.logger) });
    this.ready = this.#service.ready;
    this.ready.then(() => this.emit('ready')).catch((error) => tell(config.logger, logEvents.clientFailed, error));
  }

  /** Starts to fetch definitions and to report usage. */
  start(): this {
    if (!this.#started) this.#service.start();
    this.#started = true;
    return this;
  }

  /** What operator tools look at. */
  get service(): ProxyModeParts {
    return this.#service;
  }

  /** What the API asks. */
  get source(): ToggleSource {
    return this.#service.source;
  }

  isReady(): boolean {
    return this.source.isReady();
  }

  setUnleashApiToken(unleashApiToken: string): void {
    this.#service.setToken(unleashApiToken);
  }

  getEnabledToggles(context: ClientContext = {}): FeatureToggleStatus[] {
    return this.#list('enabled', context);
  }

  getAllToggles(context: ClientContext = {}): FeatureToggleStatus[] {
    return this.#list('all', context);
  }

  /** Counts as usage, like the request with names. */
  getDefinedToggles(toggleNames: readonly string[], context: ClientContext = {}): FeatureToggleStatus[] {
    const { source } = this.#service;
    return this.isReady() ? togglesOf(source.named(toggleNames, toRawContext(context))) : [];
  }

  getFeatureToggleDefinitions(): object[] {
    if (!this.isReady()) return [];
    return (JSON.parse(decoder.decode(this.#service.source.definitions({}).bytes)) as { features: object[] }).features;
  }

  registerMetrics(metrics: IMetrics): void {
    this.#service.source.registerMetrics(metrics);
  }

  /** Adds what the configuration says about every context. */
  fixContext(context: ClientContext): ClientContext {
    const { unleashAppName, environment } = this.#config;
    return fixContext(context, { appName: unleashAppName, environment });
  }

  /** Stops fetching and sends the usage that is left. Answers stay what they are. */
  async destroy(deadlineMs = this.#config.shutdownTimeoutMs): Promise<void> {
    await this.#service.stop(deadlineMs);
  }

  #list(kind: ListKind, context: ClientContext): FeatureToggleStatus[] {
    if (!this.isReady()) return [];
    const raw: RawContext = toRawContext(context);
    return togglesOf(this.#service.source.list(kind, raw));
  }
}

function togglesOf(list: Entity): FeatureToggleStatus[] {
  return (JSON.parse(decoder.decode(list.bytes)) as { toggles: FeatureToggleStatus[] }).toggles;
}
