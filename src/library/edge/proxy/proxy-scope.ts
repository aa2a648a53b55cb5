import type { EvaluationCounts } from '../../../flags/evaluations.ts';
import { logEvents } from '../../../flags/events/catalogue.ts';
import { tell } from '../../../flags/events/tell.ts';
import type { Filled } from '../../../flags/filled.ts';
import type { Logger } from '../../../flags/logger.ts';
import type { Slicing } from '../../../flags/steps.ts';
import type { Entity } from '../../../http/entity.ts';
import type { RawContext } from '../../../unleash/context/raw-context.ts';
import { sees } from '../../../unleash/edge/documents/scope.ts';
import {
  type ClientFeatures,
  cacheKey,
  type EdgeEnvironments,
  type EdgeMetrics,
  type EdgeToken,
} from '../../../unleash/edge/types.ts';
import { createProxyCore, type ProxyCore } from '../../../unleash/proxy/core.ts';
import type { DefinitionsFilter } from '../../../unleash/proxy/definitions-document.ts';
import type { ProxyExplained } from '../../../unleash/proxy/explain.ts';
import type { ListKind } from '../../../unleash/proxy/toggle-list.ts';
import type { QuickSource, ToggleSource } from '../../../unleash/proxy/toggle-source.ts';
import { redactToken } from '../../../unleash/tokens/mask.ts';

/** What a scope is made of. */
export interface ProxyScopeOptions {
  /** What its keys stand for; undefined while that is not known, or not valid any more. */
  readonly token: () => EdgeToken | undefined;
  readonly environments: EdgeEnvironments;
  readonly metrics: EdgeMetrics;
  readonly appName: string;
  /** Replaces the environment of every context. */
  readonly environment: string | undefined;
  readonly servesAll: boolean;
  /** Most memory for finished replies, per kind of list. */
  readonly cacheBytes: number;
  readonly random: () => number;
  readonly hostname: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly slicing: Slicing;
  readonly logger: Logger;
}

/** What a scope's answers are explained from. */
export interface ScopeExplained {
  readonly served: ProxyExplained;
  /** When it was put in use, in milliseconds since the epoch. */
  readonly publishedAtMs: number;
}

/** The bounds of one request with names, whose counts go on at once. */
const usageLimits = { toggles: 10_000, variantsPerToggle: 1, nameLength: 500 };

/**
 * What clients of Unleash Proxy with some keys see: the definitions that Edge holds, compiled and written the way
 * Unleash Proxy does it. Usage joins that of Edge's own clients.
 */
export class ProxyScope implements ToggleSource {
  readonly quick: QuickSource;
  readonly #options: ProxyScopeOptions;
  readonly #core: ProxyCore;
  /** The document that is in use, or being put in use. */
  #taken: ClientFeatures | undefined;
  #loading: Promise<unknown> = Promise.resolve();

  constructor(options: ProxyScopeOptions) {
    const { appName, environment, servesAll, cacheBytes, logger, now, random, hostname, slicing } = options;
    this.#options = options;
    this.#core = createProxyCore(
      {
        unleashAppName: appName,
        environment,
        customStrategies: undefined,
        enableAllEndpoint: servesAll,
        replyCacheBytes: cacheBytes,
        usageLimits,
        // What is used is counted with that of Edge's own clients.
        metricsFlagLimit: 0,
        logger,
      },
      { timers: { now }, random, hostname, ...slicing },
    );
    this.quick = this.#core.source.quick;
    options.environments.onChange(() => this.#follow());
  }

  /** Where evaluations are counted. */
  get evaluations(): EvaluationCounts {
    return this.#core.evaluations.proxy;
  }

  /** Memory of finished replies in bytes. */
  get cachedBytes(): number {
    return this.#core.slot.current?.model.cached.bytes ?? 0;
  }

  /** The same, with how much it may become. */
  get cached(): Filled {
    const { bytes = 0, limitBytes = 0 } = this.#core.slot.current?.model.cached ?? {};
    return { used: bytes, limit: limitBytes };
  }

  /** The environment that is served, for metrics: a token in a format of its own, which names none, is not shown. */
  get environmentName(): string | undefined {
    const token = this.#options.token();
    if (token === undefined) return undefined;
    const key = cacheKey(token);
    return key === token.token ? redactToken(key) : key;
  }

  /** What its keys stand for at the moment; undefined while that is not known, or not valid any more. */
  get token(): EdgeToken | undefined {
    return this.#options.token();
  }

  /** What answers are explained from, the same that they are given from; undefined while there is nothing. */
  get explained(): ScopeExplained | undefined {
    if (!this.isReady()) return undefined;
    const { slot, engine } = this.#core;
    const { appName, environment } = this.#options;
    const { current } = slot;
    if (current === undefined) return undefined;
    const { set, definitions } = current.model;
    const defaults = { appName, environment };
    return { publishedAtMs: current.publishedAtMs, served: { set, definitions, engine, defaults, enriches: false } };
  }

  isReady(): boolean {
    return this.#follow() && this.#core.source.isReady();
  }

  /** Resolves when what Edge holds is served, or was found to be unusable. */
  async settled(): Promise<void> {
    this.#follow();
    await this.#loading;
  }

  list(kind: ListKind, context: RawContext): Entity {
    return this.#core.source.list(kind, context);
  }

  named(names: readonly string[], context: RawContext): Entity {
    const { source, usage } = this.#core;
    const entity = source.named(names, context);
    const counted = usage.take();
    if (counted !== undefined) {
      const { appName, now } = this.#options;
      const start = new Date(counted.startMs).toISOString();
      const toggles = Object.fromEntries([...counted.toggles].map(([name, { yes, no }]) => [name, { yes, no }]));
      this.registerMetrics({ appName, bucket: { start, stop: new Date(now()).toISOString(), toggles } });
    }
    return entity;
  }

  definitions(filter: DefinitionsFilter): Entity {
    return this.#core.source.definitions(filter);
  }

  registerMetrics(body: unknown): void {
    this.#report((reporter) => this.#options.metrics.acceptMetrics(body, reporter, false));
  }

  registerClient(body: unknown): void {
    this.#report((reporter) => this.#options.metrics.acceptApplication(body, reporter));
  }

  #report(accept: (reporter: Parameters<EdgeMetrics['acceptMetrics']>[1]) => unknown): void {
    const token = this.#options.token();
    if (token !== undefined) accept({ token, headerToken: token, header: () => undefined });
  }

  /**
   * Takes the definitions that Edge holds now, if they are others than before.
   *
   * @returns false when it holds none
   */
  #follow(): boolean {
    const { token, environments, logger } = this.#options;
    const wanted = token();
    const document = wanted && environments.current(cacheKey(wanted));
    if (wanted === undefined || document === undefined) return false;
    if (document !== this.#taken) {
      this.#taken = document;
      const features = document.features.filter((feature) => sees(wanted.projects, feature));
      this.#loading = this.#core.loader
        .load({ ...document, features }, 'upstream')
        .catch((error) =>
          tell(
            logger,
            logEvents.documentUnusable,
            `Definitions cannot be used below /proxy: ${(error as Error).message}`,
          ),
        );
    }
    return true;
  }
}
