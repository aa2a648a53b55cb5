import { createHash } from 'node:crypto';
import { type Everywhere, ifEverywhere } from '../flags/everywhere.ts';
import type { Filled } from '../flags/filled.ts';
import { FlagUsage } from '../flags/flag-usage.ts';
import type { HttpHandler } from '../http/types.ts';
import type { SendUpstream } from '../http/upstream/types.ts';
import { createCorsRules } from './api/cors.ts';
import { createFlagsmithApi, flagsmithPaths } from './api/handler.ts';
import { notEverywhere, type Readiness, readiness } from './api/health.ts';
import type { EvaluationRow, FlagsmithApiOptions, UsageResource } from './api/options.ts';
import { RepeatedIdentities } from './api/repeated/repeated-identities.ts';
import type { FlagsmithConfig } from './config/read-config.ts';
import { EnvironmentRegistry } from './environment/registry.ts';
import { RealtimeHub } from './realtime/hub.ts';
import type { OpenEventStream } from './realtime/listener.ts';
import { RealtimeListener } from './realtime/listener.ts';
import { createStreamRoute } from './realtime/stream-route.ts';
import { Analytics, analyticsIntervalMs } from './upstream/analytics.ts';
import { type ConfiguredEnvironment, configuredEnvironments } from './upstream/configured.ts';
import { Discovery } from './upstream/discovery.ts';
import { EnvironmentSync, type SyncFigures } from './upstream/environment-sync.ts';
import { Evaluations } from './upstream/evaluations.ts';
import { type Loop, startLoop } from './upstream/loop.ts';
import type { UpstreamLog, UpstreamTimers } from './upstream/timers.ts';
import { UsageReporter, usageIntervalMs } from './upstream/usage.ts';

/**
 * Keeps texts for a start without upstream. Names are client keys; the list of environments that a proxy key discovers
 * begins with `*`.
 */
export interface KeptTexts {
  /** The latest text and when it was kept, in milliseconds since the epoch; null when there is none. */
  read(name: string): Promise<{ readonly text: string; readonly savedMs: number } | null>;
  write(name: string, text: string): Promise<void>;
  /** Forgets a text for good: its environment is gone. */
  remove(name: string): Promise<void>;
}

/** Everything the Flagsmith part needs from outside. */
export interface FlagsmithServiceOptions {
  readonly config: FlagsmithConfig;
  readonly send: SendUpstream;
  readonly timers: UpstreamTimers;
  readonly log: UpstreamLog;
  /** An unguessable text. */
  readonly randomId: () => string;
  /** Null: upstream's realtime service is not listened to. */
  readonly openEventStream: OpenEventStream | null;
  /** Null: nothing outlives the process. */
  readonly kept: KeptTexts | null;
  /** True where another process fetches and reports: this one serves what it is given by {@link FlagsmithService.follow}. */
  readonly follows?: boolean;
  /** Asked when everything is fresh here: whether all processes that share the port have it. */
  readonly everywhere?: Everywhere;
  /** Told of the list of discovered environments, after it was used. */
  readonly onDiscovered?: (text: string) => void;
  /** Told of every answered request; see the API's option. */
  readonly onRequest?: (endpoint: string, status: number) => void;
  /** Figures as text for Prometheus, where the configuration wants them. */
  readonly figures?: () => string;
}

/** What was counted and not sent yet. */
export interface FlagsmithCounts {
  readonly analytics: readonly (readonly [clientKey: string, counts: ReadonlyMap<string, number>])[];
  readonly evaluations: readonly (readonly [clientKey: string, rows: readonly EvaluationRow[]])[];
  readonly usage: readonly (readonly [clientKey: string, counts: ReadonlyMap<UsageResource, number>])[];
}

/** How a process that does not fetch by itself is kept up to date. */
export interface FlagsmithFollowing {
  /** Uses a list of discovered environments. */
  discovered(text: string): void;
  /** See {@link EnvironmentSync.take}. */
  document: EnvironmentSync['take'];
  /** See {@link EnvironmentSync.confirm}. */
  confirmed: EnvironmentSync['confirm'];
}

/** What a running Flagsmith part tells about itself. */
export interface FlagsmithFigures {
  readonly environments: readonly SyncFigures[];
  /** Open realtime streams of SDKs. */
  readonly streams: number;
  /** Memory of requests for identities that came before, in bytes. */
  readonly repeatedIdentities: Filled;
  /** Memory of reports of evaluations that wait, in bytes. */
  readonly waitingEvaluationBytes: number;
  /** Evaluations that found no room. */
  readonly droppedEvaluations: number;
}

/** A running Flagsmith part. */
export interface FlagsmithService {
  readonly registry: EnvironmentRegistry;
  /** Answers every request: the API, and the realtime stream where it is switched on. */
  readonly handler: HttpHandler;
  /** Paths of the API, for a host that serves other systems on the same port. */
  readonly paths: ReadonlySet<string>;
  /** Readiness now. */
  readonly readiness: () => Readiness | Promise<Readiness>;
  readonly figures: () => FlagsmithFigures;
  /** When upstream last confirmed an environment, in milliseconds since the epoch; null: never. */
  readonly lastSuccessMs: (clientKey: string) => number | null;
  /** Counts one request for flags as the API's own routes do. */
  readonly onUsage: FlagsmithApiOptions['onUsage'];
  /** Counts one evaluation of a feature that was asked for by name. */
  readonly onEvaluated: (clientKey: string, feature: string, enabled: boolean) => void;
  /** Usage since the start, for metrics, by client key. */
  readonly flagUsage: FlagUsage;
  /** Fetches one environment now. Resolves when that is done. */
  readonly refresh: (clientKey: string) => Promise<void>;
  readonly follow: FlagsmithFollowing;
  /** Takes out what was counted, for the process that reports it. */
  readonly takeCounts: () => FlagsmithCounts;
  /** Adds what another process counted. */
  readonly addCounts: (counts: FlagsmithCounts) => void;
  /** Loads what was kept, then fetches everything once, then keeps fetching. Resolves after the first round. */
  readonly start: () => Promise<void>;
  /** Ends open streams, which a host that stops would wait for. Clients come back by themselves. */
  readonly endStreams: () => void;
  /** Ends all work and delivers what was counted. */
  readonly stop: () => Promise<void>;
}

const streamEndpoint = '/sse/environments/{key}/stream';

/** Puts the parts together. Holds no behaviour of its own. */
export function createFlagsmithService(options: FlagsmithServiceOptions): FlagsmithService {
  const { config, send, timers, log, kept, follows = false, onRequest = () => {} } = options;
  const { edgeProxy, halyard } = config;
  const registry = new EnvironmentRegistry(() => timers.now());
  const timeoutMs = Math.max(edgeProxy.api_poll_timeout_seconds, 1) * 1000;
  const intervalMs = edgeProxy.api_poll_frequency_seconds * 1000;
  const apiUrl = config.legacy?.apiUrl ?? edgeProxy.api_url;
  const keep = (name: string, text: string) => {
    kept?.write(name, text).catch((error: unknown) => log.error('document_not_kept', { name, reason: String(error) }));
  };
  const sync = new EnvironmentSync({
    registry,
    serving: { mode: halyard.evaluation, details: halyard.flagDetails },
    intervalMs,
    graceSeconds: edgeProxy.health_check.environment_update_grace_period_seconds,
    fetch: { send, timeoutMs, limitBytes: halyard.documentLimitBytes },
    timers,
    log,
    onDocument: keep,
  });
  const configured = configuredEnvironments(config);
  for (const { keys, source } of configured) sync.add(keys, source);

  const flagUsage = new FlagUsage(halyard.metricsFlagLimit, (clientKey, name) =>
    registry.get(clientKey)?.slot.current?.model.hasFeature(name),
  );
  const analytics = halyard.analytics === 'forward' ? new Analytics({ apiUrl, send, timeoutMs, log }) : null;
  const evaluations =
    analytics &&
    new Evaluations({
      apiUrl,
      send,
      timeoutMs,
      log,
      limitBytes: halyard.analyticsLimitBytes,
      addSums: (clientKey, counts) => analytics.add(clientKey, counts),
    });
  // first the one that may hand on to the other
  const flushAnalytics = async () => {
    await evaluations?.flush();
    await analytics?.flush();
  };
  const { proxyKey } = halyard;
  // proxies with different keys may share a store; the key itself is not written down
  const discoveredName = `*${proxyKey === null ? '' : createHash('sha256').update(proxyKey).digest('hex').slice(0, 16)}`;
  const usage =
    proxyKey === null
      ? null
      : new UsageReporter({ apiUrl, proxyKey, send, timeoutMs, log, randomId: options.randomId });
  const discovery = proxyKey === null ? null : createDiscovery(proxyKey);

  function createDiscovery(key: string): Discovery {
    return new Discovery({
      apiUrl,
      proxyKey: key,
      configured: configured.map(({ keys }: ConfiguredEnvironment) => keys),
      sync,
      send,
      timeoutMs,
      limitBytes: halyard.documentLimitBytes,
      timers,
      log,
      onRemoved: (clientKey) => void kept?.remove(clientKey),
      onAnswer: (text) => {
        keep(discoveredName, text);
        options.onDiscovered?.(text);
      },
    });
  }

  const ready = () => {
    const own = readiness(sync.freshness(), timers.now());
    return own.status === 200 ? ifEverywhere(options.everywhere, own, notEverywhere) : own;
  };
  const repeated = new RepeatedIdentities(halyard.identityCacheBytes);
  registry.onPublish((clientKey) => repeated.forget(clientKey));
  const api: FlagsmithApiOptions = {
    registry,
    repeated,
    readiness: ready,
    allowOrigins: edgeProxy.allow_origins,
    documentForClientKeys: halyard.documentForClientKeys,
    sendUpdatedAt: halyard.realtime,
    bodyLimitBytes: halyard.bodyLimitBytes,
    randomIdentifier: options.randomId,
    onAnalytics: (clientKey, counts) => {
      for (const [name, count] of counts) flagUsage.count(clientKey, name, 'unknown', count);
      analytics?.add(clientKey, counts);
    },
    onEvaluations: (clientKey, rows) => {
      for (const { feature, enabled, count } of rows) {
        flagUsage.count(clientKey, feature, enabled ? 'on' : 'off', count);
      }
      evaluations?.add(clientKey, rows);
    },
    onRequest,
    figures: halyard.prometheus ? (options.figures ?? null) : null,
    onUsage: usage === null ? () => {} : (clientKey, resource) => usage.count(clientKey, resource),
  };
  const hub = new RealtimeHub({ registry, timers, maxStreams: halyard.streamLimit });
  const open = halyard.realtime ? options.openEventStream : null;
  const listener =
    open === null
      ? null
      : new RealtimeListener({ realtimeUrl: halyard.realtimeUrl, registry, sync, open, timers, log });
  const loops: Loop[] = [];

  async function restore(): Promise<void> {
    if (kept === null) return;
    const list = discovery === null ? null : await kept.read(discoveredName);
    if (list !== null && discovery?.apply(list.text) === true) options.onDiscovered?.(list.text);
    for (const { clientKey } of [...registry]) {
      const document = await kept.read(clientKey);
      if (document !== null) await sync.restore(clientKey, document.text, document.savedMs);
    }
  }

  const handleApi = createFlagsmithApi(api);
  const handleStream = createStreamRoute(hub, createCorsRules(edgeProxy.allow_origins, []));
  const handler: HttpHandler = !halyard.realtime
    ? handleApi
    : (request) => {
        const reply = handleStream(request);
        if (reply === null) return handleApi(request);
        onRequest(streamEndpoint, reply.status);
        return reply;
      };

  return {
    registry,
    handler,
    paths: flagsmithPaths(api),
    readiness: ready,
    figures: () => ({
      environments: sync.figures(),
      streams: hub.size,
      repeatedIdentities: repeated.filled,
      waitingEvaluationBytes: evaluations?.heldBytes ?? 0,
      droppedEvaluations: evaluations?.dropped ?? 0,
    }),
    lastSuccessMs: (clientKey) => sync.lastSuccessMs(clientKey),
    onUsage: api.onUsage,
    onEvaluated: (clientKey, feature, enabled) => {
      flagUsage.count(clientKey, feature, enabled ? 'on' : 'off', 1);
      analytics?.add(clientKey, new Map([[feature, 1]]));
    },
    flagUsage,
    refresh: async (clientKey) => {
      if (!follows) await sync.refresh(clientKey);
    },

    follow: {
      discovered: (text) => void discovery?.apply(text),
      document: (...given) => sync.take(...given),
      confirmed: (clientKey, ms) => sync.confirm(clientKey, ms),
    },
    takeCounts: () => ({
      analytics: analytics?.take() ?? [],
      evaluations: evaluations?.take() ?? [],
      usage: usage?.take() ?? [],
    }),
    addCounts: (counts) => {
      for (const [clientKey, sums] of counts.analytics) analytics?.add(clientKey, sums);
      for (const [clientKey, rows] of counts.evaluations) evaluations?.add(clientKey, rows);
      for (const [clientKey, requests] of counts.usage) {
        for (const [resource, count] of requests) usage?.count(clientKey, resource, count);
      }
    },

    async start() {
      if (follows) return;
      await restore().catch((error: unknown) => log.error('kept_documents_unusable', { reason: String(error) }));
      await discovery?.run();
      await sync.start();
      listener?.update();
      if (discovery !== null) {
        const round = () => discovery.run().then(() => listener?.update());
        loops.push(startLoop(timers, Math.max(intervalMs, 1000), round));
      }
      if (analytics !== null) loops.push(startLoop(timers, analyticsIntervalMs, flushAnalytics));
      if (usage !== null) loops.push(startLoop(timers, usageIntervalMs, () => usage.flush()));
    },

    endStreams: () => hub.stop(),

    async stop() {
      for (const loop of loops) loop.stop();
      listener?.stop();
      sync.stop();
      hub.stop();
      if (!follows) await Promise.all([flushAnalytics(), usage?.flush()]);
    },
  };
}
