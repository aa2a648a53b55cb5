import { logEvents } from '../../flags/events/catalogue.ts';
import { tell } from '../../flags/events/tell.ts';
import type { FlagUsage } from '../../flags/flag-usage.ts';
import type { SnapshotSlot } from '../../flags/snapshot.ts';
import { runInSlices } from '../../flags/steps.ts';
import type { Timers } from '../../flags/timers.ts';
import type { SendUpstream } from '../../http/upstream/types.ts';
import { digestInSteps } from '../definitions/digest.ts';
import { parseJsonInSteps } from '../definitions/parse-json.ts';
import { builtInStrategyNames } from '../engine/strategies/compile.ts';
import type { EngineEnvironment } from '../engine/strategies/types.ts';
import { type Identity, identityHeaders } from '../upstream/identity.ts';
import { MetricsSender } from '../upstream/metrics-sender.ts';
import { Poller, type PollOutcome } from '../upstream/poller.ts';
import { register } from '../upstream/registration.ts';
import { upstreamUrls } from '../upstream/urls.ts';
import type { Usage } from '../usage/usage.ts';
import { Backup } from './backup.ts';
import { holdsFeatures, readBootstrap } from './bootstrap.ts';
import type { IProxyConfig, StorageProvider } from './config-types.ts';
import { type CoreEnvironment, createProxyCore, type ProxyCore } from './core.ts';
import type { EngineSource } from './engine-source.ts';
import type { Loader } from './loader.ts';
import type { ProxyModel } from './model.ts';

/** The outside world, passed in. */
export interface ServiceEnvironment extends CoreEnvironment {
  readonly send: SendUpstream;
  readonly timers: Timers;
  readonly storage: StorageProvider;
  readonly readTextFile: (path: string) => Promise<string>;
  readonly identity: Identity;
  /** Called after the last report was sent: whoever takes reports may be left now, within `deadlineMs`. */
  readonly leave?: (deadlineMs: number) => Promise<void>;
}

/** What operators look at. Counters count since the start. */
export interface ServiceFigures {
  readonly polls: Map<PollOutcome, number>;
  /** Milliseconds since the epoch of the last 200, changed or not; 0 before the first. */
  lastUpdateMs: number;
  /** The same of the last 200 or 304. */
  lastFetchMs: number;
  lastOutcome: PollOutcome | undefined;
  /** Polls that failed since the last good one. */
  failures: number;
  /** Milliseconds since the epoch; undefined while a poll is under way or when there is none to come. */
  nextPollMs: number | undefined;
}

/** Before anything happened. */
export function noFigures(): ServiceFigures {
  return {
    polls: new Map(),
    lastUpdateMs: 0,
    lastFetchMs: 0,
    lastOutcome: undefined,
    failures: 0,
    nextPollMs: undefined,
  };
}

/** For storage providers that never finish: foreign code may be one. */
const longestLastWriteMs = 5_000;
const gitlabHint = 'UNLEASH_INSTANCE_ID, and the project in UNLEASH_URL';

/**
 * Everything behind the API: definitions are fetched, kept and compiled; usage is counted and sent. Control parts may
 * fail at any time; answers go on.
 */
export class ProxyService {
  /** What the only environment is called in metrics; undefined: by the default. */
  readonly environmentName: string | undefined;
  readonly slot: SnapshotSlot<ProxyModel>;
  readonly usage: Usage;
  readonly flagUsage: FlagUsage;
  readonly evaluations: ProxyCore['evaluations'];
  readonly source: EngineSource;
  /** What definitions are compiled with. */
  readonly engine: EngineEnvironment;
  readonly figures: ServiceFigures = noFigures();
  /** Resolves when definitions are held for the first time. */
  readonly ready: Promise<void>;
  readonly #config: IProxyConfig;
  readonly #environment: ServiceEnvironment;
  /** A copy: its token may be replaced, and every request reads it anew. */
  readonly #identity: Identity & { token: string };
  /** Keeps definitions for the next run. */
  readonly backup: Backup;
  readonly #loader: Loader;
  readonly #poller: Poller;
  readonly #metrics: MetricsSender;
  readonly #stop = new AbortController();
  /** Of the last body that was put in use. */
  #digest: string | undefined;

  constructor(config: IProxyConfig, environment: ServiceEnvironment) {
    const { timers, random, send } = environment;
    const { logger } = config;
    const identity = { ...environment.identity };
    this.#identity = identity;
    this.#config = config;
    this.#environment = environment;
    this.environmentName = config.environment;
    this.backup = new Backup(environment.storage, config.unleashAppName, logger);
    const core = createProxyCore(config, environment);
    this.slot = core.slot;
    this.usage = core.usage;
    this.flagUsage = core.flagUsage;
    this.evaluations = core.evaluations;
    this.source = core.source;
    this.engine = core.engine;
    this.#loader = core.loader;
    // GitLab throws usage and registrations away, and counts them like any other request.
    const metricsIntervalMs = config.upstreamProfile === 'gitlab' ? 0 : config.metricsInterval;
    const urls = upstreamUrls(config.unleashUrl, { ...config, project: config.projectName });
    const { upstreamTimeoutMs: timeoutMs, upstreamLimitBytes: limitBytes } = config;
    this.#poller = new Poller({
      url: urls.features,
      identity,
      intervalMs: config.refreshInterval,
      timeoutMs,
      limitBytes,
      limitSetting: 'HALYARD_UPSTREAM_LIMIT',
      send,
      timers,
      logger,
      accept: (body) => this.#accept(body),
      ...(config.upstreamProfile === 'gitlab' ? { refusalHint: gitlabHint } : {}),
      onPolled: (outcome) => this.#polled(outcome),
      onWaiting: (delayMs) => {
        this.figures.nextPollMs = timers.now() + delayMs;
      },
    });
    this.#metrics = new MetricsSender({
      url: urls.metrics,
      identity,
      usage: this.usage,
      intervalMs: metricsIntervalMs,
      jitterMs: config.metricsJitter,
      timeoutMs,
      send,
      timers,
      random,
      logger,
    });
    this.source.upstream = {
      lastHeardMs: () => this.figures.lastFetchMs,
      refresh: () => this.#poller.refresh(),
    };
    const startedAtMs = timers.now();
    this.ready = new Promise((resolve) => {
      this.slot.onPublish(({ revision }) => {
        if (revision > 1) return;
        tell(
          logger,
          logEvents.proxyReady,
          'Successfully synchronized with Unleash API. Proxy is now ready to receive traffic.',
        );
        resolve();
        if (metricsIntervalMs > 0) {
          this.#metrics.start();
          void this.#register(urls.register, startedAtMs);
        }
      });
    });
  }

  /** Starts all sources of definitions at once; the first that delivers makes the service ready. */
  start(): void {
    void this.#startFromBackup();
    void this.#startFromBootstrap();
    void this.#poller.start();
  }

  /** Replaces the token for upstream, from the next request on. */
  setToken(token: string): void {
    this.#identity.token = token;
  }

  /** Aborted once the service is told to stop. */
  get stopping(): AbortSignal {
    return this.#stop.signal;
  }

  /**
   * Ends polling, sends what was counted, and lets a backup that is being written be finished. Resolves when that is
   * done, or `deadlineMs` have passed.
   */
  async stop(deadlineMs: number): Promise<void> {
    this.#stop.abort();
    this.#poller.stop();
    const { timers, leave } = this.#environment;
    const untilMs = timers.now() + deadlineMs;
    const kept = this.backup.settle(timers, Math.min(deadlineMs, longestLastWriteMs));
    await this.#metrics.stop(deadlineMs);
    await leave?.(Math.max(0, untilMs - timers.now()));
    await kept;
  }

  async #accept(body: Uint8Array): Promise<void> {
    const digest = await runInSlices(digestInSteps(body), this.#environment);
    // An upstream without entity tags delivers the same again and again: nothing to compile, and replies stay kept.
    if (digest === this.#digest) {
      this.figures.lastUpdateMs = this.#environment.timers.now();
      return;
    }
    const document = await runInSlices(parseJsonInSteps(body), this.#environment);
    const full = await this.#loader.load(document, 'upstream');
    this.figures.lastUpdateMs = this.#environment.timers.now();
    if (full !== undefined) this.backup.keep(full);
    this.#digest = digest;
  }

  async #startFromBackup(): Promise<void> {
    const { logger, unleashAppName } = this.#config;
    try {
      const document = await this.#environment.storage.get(unleashAppName);
      if (!holdsFeatures(document)) return;
      const used = await this.#loader.load(document, 'backup');
      if (used !== undefined)
        tell(logger, logEvents.stateServed, 'Answering from the definitions of an earlier run until upstream answers');
    } catch (error) {
      tell(
        logger,
        logEvents.stateUnusable,
        `The backup of an earlier run cannot be used: ${(error as Error)?.message}`,
      );
    }
  }

  async #startFromBootstrap(): Promise<void> {
    const { bootstrap, logger, upstreamTimeoutMs: timeoutMs, upstreamLimitBytes: limitBytes } = this.#config;
    if (bootstrap === undefined) return;
    const { send, readTextFile } = this.#environment;
    try {
      const headers = identityHeaders(this.#identity, this.#config.refreshInterval);
      const read = await readBootstrap(bootstrap, { send, readTextFile, headers, timeoutMs, limitBytes });
      const document = Array.isArray(read) ? { version: 2, features: read } : read;
      if (!holdsFeatures(document)) return;
      const full = await this.#loader.load(document, 'bootstrap');
      if (full !== undefined) this.backup.keep(full);
    } catch (error) {
      tell(logger, logEvents.bootstrapUnusable, `The bootstrap cannot be used: ${(error as Error)?.message}`);
    }
  }

  #register(url: string, startedAtMs: number): Promise<void> {
    const { send, timers } = this.#environment;
    const custom = (this.#config.customStrategies ?? []).map(({ name }) => name);
    return register({
      url,
      identity: this.#identity,
      strategies: [...new Set([...builtInStrategyNames, ...custom])],
      startedAtMs,
      metricsIntervalMs: this.#config.metricsInterval,
      timeoutMs: this.#config.upstreamTimeoutMs,
      send,
      timers,
      logger: this.#config.logger,
      signal: this.#stop.signal,
    });
  }

  #polled(outcome: PollOutcome): void {
    const { polls } = this.figures;
    this.figures.lastOutcome = outcome;
    this.figures.nextPollMs = undefined;
    polls.set(outcome, (polls.get(outcome) ?? 0) + 1);
    const isGood = outcome === 'changed' || outcome === 'unchanged';
    this.figures.failures = isGood ? 0 : this.figures.failures + 1;
    if (isGood) this.figures.lastFetchMs = this.#environment.timers.now();
  }
}
