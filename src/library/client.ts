import { EventEmitter } from 'node:events';
import { logEvents } from '../flags/events/catalogue.ts';
import { tell } from '../flags/events/tell.ts';
import type { Logger } from '../flags/logger.ts';
import type { IProxyConfig } from '../unleash/proxy/config-types.ts';
import { fixContext } from './client-context.ts';
import type { ClientContext, FeatureToggleStatus, IClient, IMetrics, ToggleVariant } from './client-types.ts';

/** What is needed of an `Unleash` object of the package `unleash-client`. */
export interface UnleashLike {
  on(event: string, listener: (...args: unknown[]) => void): unknown;
  isEnabled(name: string, context?: object): boolean;
  getVariant(name: string, context?: object): ToggleVariant | object;
  getFeatureToggleDefinitions(): readonly { readonly name: string; readonly impressionData?: boolean }[];
  isSynchronized?(): boolean;
  destroy?(): void;
}

/** What is needed of a `Metrics` object of the package `unleash-client`. */
export interface MetricsLike {
  count(name: string, enabled: boolean): void;
  countVariant(name: string, variantName: string): void;
  start?(): void;
  stop?(): void;
}

const disabledVariant: ToggleVariant = { name: 'disabled', enabled: false, feature_enabled: false };

/** Metrics objects count one by one, so one report may add no more than this. The rest is left out and logged. */
const mostCountsPerReport = 100_000;

/**
 * A client object over an `Unleash` object that the application made itself with `unleash-client`. Hand it to
 * `createApp` as the second argument.
 *
 * Source: Unleash Proxy specification 7.
 *
 * @throws TypeError without the second argument
 */
export class Client extends EventEmitter implements IClient {
  readonly unleash: UnleashLike;
  readonly #config: Pick<IProxyConfig, 'unleashAppName' | 'environment'>;
  readonly #logger: Logger;
  readonly #metrics: MetricsLike | undefined;
  #isReady = false;

  constructor(
    config: Pick<IProxyConfig, 'unleashAppName' | 'environment' | 'logger'>,
    unleash: UnleashLike,
    metrics?: MetricsLike,
  ) {
    super();
    if (typeof unleash?.isEnabled !== 'function') throw new TypeError('Client needs an Unleash object');
    this.#config = config;
    this.#logger = config.logger;
    this.#metrics = metrics;
    this.unleash = unleash;
    unleash.on('error', (error: unknown) => tell(this.#logger, logEvents.clientFailed, error));
    unleash.on('ready', () => this.#becomeReady());
    if (unleash.isSynchronized?.()) this.#becomeReady();
  }

  isReady(): boolean {
    return this.#isReady;
  }

  /** Without effect: the application gave its `Unleash` object a token. */
  setUnleashApiToken(_unleashApiToken: string): void {
    tell(
      this.#logger,
      logEvents.tokenChangeIgnored,
      'setUnleashApiToken has no effect on an Unleash object that the application made',
    );
  }

  getEnabledToggles(context: ClientContext): FeatureToggleStatus[] {
    return this.getAllToggles(context).filter(({ enabled }) => enabled);
  }

  getAllToggles(context: ClientContext): FeatureToggleStatus[] {
    const fixed = this.fixContext(context);
    return this.#definitions().map(({ name, impressionData }) => {
      const enabled = this.unleash.isEnabled(name, fixed);
      const variant = enabled ? (this.unleash.getVariant(name, fixed) as ToggleVariant) : disabledVariant;
      return { name, enabled, variant, ...(impressionData === undefined ? {} : { impressionData }) };
    });
  }

  getDefinedToggles(toggleNames: readonly string[], context: ClientContext): FeatureToggleStatus[] {
    const { sessionId: _made, ...unfixed } = this.fixContext(context);
    const fixed = context.sessionId ? { ...unfixed, sessionId: context.sessionId } : unfixed;
    const known = new Map(this.#definitions().map((definition) => [definition.name, definition]));
    return toggleNames.map((name) => {
      const enabled = this.unleash.isEnabled(name, fixed);
      this.#metrics?.count(name, enabled);
      const variant = this.unleash.getVariant(name, fixed) as ToggleVariant;
      return { name, enabled, variant, impressionData: known.get(name)?.impressionData ?? false };
    });
  }

  getFeatureToggleDefinitions(): object[] {
    return [...this.#definitions()];
  }

  registerMetrics(metrics: IMetrics): void {
    const counter = this.#metrics;
    if (counter === undefined) return;
    let left = mostCountsPerReport;
    let dropped = 0;
    const repeat = (count: unknown, add: () => void) => {
      const wanted = typeof count === 'number' && count > 0 ? count : 0;
      const done = Math.min(wanted, left);
      for (let i = 0; i < done; i++) add();
      left -= done;
      dropped += wanted - done;
    };
    for (const [name, { yes, no, variants = {} }] of Object.entries(metrics.bucket.toggles)) {
      repeat(yes, () => counter.count(name, true));
      repeat(no, () => counter.count(name, false));
      for (const [variant, count] of Object.entries(variants)) repeat(count, () => counter.countVariant(name, variant));
    }
    if (dropped > 0)
      tell(this.#logger, logEvents.usageCutOff, `A report of usage was cut off: ${dropped} counts are left out`);
  }

  /** Adds what the configuration says about every context, and a session for this one evaluation. */
  fixContext(context: ClientContext): ClientContext {
    const { unleashAppName, environment } = this.#config;
    return fixContext(context, { appName: unleashAppName, environment });
  }

  destroy(): void {
    this.#metrics?.stop?.();
    this.unleash.destroy?.();
  }

  #definitions() {
    return this.unleash.getFeatureToggleDefinitions() ?? [];
  }

  #becomeReady(): void {
    if (this.#isReady) return;
    this.#isReady = true;
    this.#metrics?.start?.();
    this.emit('ready');
  }
}
