import { atMost } from '../../flags/at-most.ts';
import { debugOnly } from '../../flags/debug-only.ts';
import { logEvents } from '../../flags/events/catalogue.ts';
import { tell } from '../../flags/events/tell.ts';
import type { Everywhere } from '../../flags/everywhere.ts';
import type { StateStore } from '../../flags/state-store.ts';
import type { Timers } from '../../flags/timers.ts';
import type { HttpHandler } from '../../http/types.ts';
import type { OpenUpstreamStream } from '../../http/upstream/stream.ts';
import type { SendUpstream, UpstreamRequest } from '../../http/upstream/types.ts';
import { prometheusText } from '../../operations/edge-prometheus.ts';
import type { OperatorMode } from '../../operations/operator/types.ts';
import { RemoteWritePusher } from '../../operations/remote-write/pusher.ts';
import { systemSlicing } from '../../operations/slicing.ts';
import { createUpstreamFigures } from '../../operations/upstream-figures.ts';
import type { RepeatedRequests } from '../../unleash/edge/api/repeats.ts';
import { createEdgeMetrics, type RunningEdgeMetrics } from '../../unleash/edge/metrics/edge-metrics.ts';
import { defaultMetricsLimits } from '../../unleash/edge/metrics/limits.ts';
import { createEdgeStore } from '../../unleash/edge/persistence/edge-store.ts';
import { StateSaver } from '../../unleash/edge/persistence/saver.ts';
import { EdgeService } from '../../unleash/edge/service.ts';
import { AnnouncedSource } from '../../unleash/edge/streaming/announced-source.ts';
import { createDeltaSource } from '../../unleash/edge/streaming/delta-source.ts';
import { EdgeDeltaHub } from '../../unleash/edge/streaming/edge-delta.ts';
import { StreamSource } from '../../unleash/edge/streaming/stream-source.ts';
import { type CreateTokenSource, cacheKey, type EdgeToken } from '../../unleash/edge/types.ts';
import { announce } from '../../unleash/edge/upstream/announce.ts';
import { FeaturesPoller } from '../../unleash/edge/upstream/features-poller.ts';
import { parsePretrusted } from '../../unleash/tokens/pretrusted.ts';
import type { OfrepParts } from '../ofrep/attach.ts';
import { edgeMode } from '../operator/edge-mode.ts';
import { processUsage } from '../process-families.ts';
import { assembleEdge, type EdgeCore, streamLimits } from './assemble-edge.ts';
import { tokenBounds } from './edge-bounds.ts';
import { edgeFamilies } from './edge-families.ts';
import type { EdgeSettings } from './edge-store.ts';
import { createIdentity } from './identity.ts';
import { edgeOperatorFigures } from './operator-figures.ts';
import { createProxyToken } from './proxy-token.ts';
import { createUpstreamProfile, shownInstanceId } from './upstream-profile.ts';
import { upstreamLimitMs } from './upstream-times.ts';
import { usageFigures } from './usage-figures.ts';

/** The outside world of one Edge. */
export interface EdgeOutside {
  readonly send: SendUpstream;
  readonly openStream: OpenUpstreamStream;
  /** True where one process holds the stream for several, which ask for changes when it announces them. */
  readonly sharesStreams?: boolean | undefined;
  readonly timers: Timers;
  readonly random: () => number;
  /** Where state is kept; undefined keeps none. */
  readonly stateStore: StateStore | undefined;
  /** Whether all processes that share the port hold what they should; without it there is one. */
  readonly everywhere?: Everywhere | undefined;
  /** True in a worker, whose primary reports about all processes. */
  readonly isWorker?: boolean | undefined;
  /** Told of each token that is fetched with from now on. */
  readonly onFetchingWith?: ((token: EdgeToken) => void) | undefined;
  /** Told of each token that upstream refused, which is not fetched with any more. */
  readonly onRefused?: ((token: EdgeToken) => void) | undefined;
}

/** An Edge that does not listen yet. */
export interface Edge {
  readonly handler: HttpHandler;
  /** See {@link AssembledEdge}. */
  readonly repeats: RepeatedRequests | undefined;
  /** The same APIs for processes of the same group; see {@link AssembledEdge}. */
  readonly internal: HttpHandler;
  readonly ofrep: OfrepParts;
  readonly service: EdgeService;
  /** What it tells operator tools. */
  readonly operator: OperatorMode;
  /** Its metrics, as Prometheus wants them. */
  readonly figures: () => string;
  readonly metrics: RunningEdgeMetrics;
  /** Resolves when what is held is served in each dialect. */
  readonly settled: () => Promise<unknown>;
  /** Whether an environment can be served now, by its cache key. */
  readonly holds: (cacheKey: string) => boolean;
  /** How many of the environments that are fetched can be served now, in each dialect. */
  readonly held: () => number;
  /** The instance id as it may be shown. */
  readonly instanceId: string;
  /** Calls back after a change of an environment, when all APIs serve it. */
  readonly onChange: (listener: (cacheKey: string) => void) => void;
  /** Validates tokens and takes what an earlier run kept. @throws EdgeStartupError */
  start(): Promise<void>;
  /** Ends the streams of all clients, which would hold a stop up otherwise. */
  closeStreams(): void;
  /** Stops fetching; sends and keeps what is left. */
  stop(deadlineMs: number): Promise<void>;
}

/** An interval of 0 asks as often as is sensible, and does not flood upstream. */
const shortestRefreshMs = 1_000;
/** Documents that are fetched, read and compiled at a time: each takes several times its size meanwhile. */
const pollsAtOnce = 10;
const saveIntervalMs = 60_000;
const saveLimitMs = 30_000;
/** Newly validated tokens, and environments of which nothing was kept, are kept this soon, all at once. */
const saveSoonMs = 1_000;
/** Tokens in one validation request, and how long a failed one keeps its tokens from being asked about again. */
const validationBatch = 200;
const validationFailureMs = 1_000;

/**
 * Puts edge mode together.
 *
 * @throws EdgeStartupError when settings do not go together
 */
export function createEdge(core: EdgeCore, settings: EdgeSettings, outside: EdgeOutside): Edge {
  const { logger, environments, settings: server } = core;
  const { openStream, timers, random, stateStore, isWorker = false } = outside;
  // What a worker hears is its primary's word; what is wrong upstream the primary says once for all.
  const upstreamLogger = isWorker ? debugOnly(logger) : logger;
  const identity = createIdentity(
    { appName: server.appName, instanceId: shownInstanceId(server, settings) },
    timers.now(),
    random,
  );
  const upstream = createUpstreamProfile(server, settings, identity);
  const { urls, headers } = upstream;
  const labels = { app_name: identity.appName, instance_id: identity.instanceId };
  const upstreamFigures = createUpstreamFigures({ urls, labels, now: timers.now });
  const send = upstreamFigures.measured(outside.send);
  const timeoutMs = upstreamLimitMs(settings.upstreamSocketTimeout);
  const access = {
    send,
    urls,
    headers,
    timeoutMs,
    limitBytes: settings.upstreamLimitBytes,
    limitSetting: 'HALYARD_UPSTREAM_LIMIT',
    refreshToken: (environment: string) => service.refresh.forEnvironment(environment)?.token,
    startupToken: () => settings.tokens[0],
  };
  const metricsIntervalMs = settings.metricsIntervalSeconds * 1000;
  const usage = usageFigures(server, environments);
  const slicing = systemSlicing;
  const polling = {
    access: {
      ...access,
      send: async (request: UpstreamRequest) => {
        const startMs = timers.now();
        const response = await send(request);
        metrics.observeFetch(timers.now() - startMs);
        return response;
      },
    },
    intervalMs: Math.max(shortestRefreshMs, settings.featuresRefreshIntervalSeconds * 1000),
    timers,
    logger: upstreamLogger,
    slicing,
    keepsRefused: upstream.keepsRefused,
    refreshesAfterFailures: isWorker,
    whenFree: atMost(pollsAtOnce),
    prepare: upstream.prepare,
  };
  const createSource: CreateTokenSource = (token, sink) => {
    if (settings.streaming) {
      const following = { access, open: openStream, timers, random, slicing, logger };
      if (outside.sharesStreams) {
        const createPolled = (own: typeof sink) => createDeltaSource(token, own, polling);
        return new AnnouncedSource(token, sink, { ...following, createPolled });
      }
      const fallback = () => createDeltaSource(token, sink, polling);
      return new StreamSource(token, sink, { ...following, fallback });
    }
    return settings.delta ? createDeltaSource(token, sink, polling) : new FeaturesPoller(token, sink, polling);
  };
  const servesDelta = settings.delta || settings.streaming || server.serveStreaming;
  const delta = servesDelta
    ? new EdgeDeltaHub({ environments, timers, slicing, logger, limits: streamLimits(server) })
    : undefined;
  const metrics = createEdgeMetrics({
    access: upstream.takesReports ? access : undefined,
    keeps: upstream.takesReports,
    identity,
    intervalMs: metricsIntervalMs,
    hosting: server.hosting === 'hosted' ? 'hosted' : 'self-hosted',
    region: server.region ?? null,
    connectedStreams: () => delta?.connectedClients ?? 0,
    processUsage,
    timers,
    random,
    logger,
    onUsage: usage.count,
    limits: { ...defaultMetricsLimits, bytes: server.usageLimitBytes },
    reportsInstance: !isWorker,
  });
  const store = stateStore && createEdgeStore(stateStore, systemSlicing);
  const { bun, node } = process.versions;
  const announcement = {
    access,
    identity,
    metricsIntervalMs,
    platformName: bun === undefined ? 'node' : 'bun',
    platformVersion: bun ?? node,
    logger,
  };
  const proxyToken = createProxyToken(server, settings);
  let saver: StateSaver | undefined;
  let savesSoon = false;
  let upstreamAnswered = false;
  const saveSoon = () => {
    if (savesSoon || saver === undefined) return;
    savesSoon = true;
    timers.set(() => {
      savesSoon = false;
      void saver?.save();
    }, saveSoonMs);
  };
  environments.onChange((key, document) => {
    const age = environments.age(key);
    if (document !== undefined && age?.revision === 1 && !age.fromStore) saveSoon();
  });
  const service: EdgeService = new EdgeService(
    {
      tokens: settings.tokens,
      pretrusted: settings.pretrustedTokens.map(parsePretrusted),
      refreshTokens: upstream.refreshTokens,
      strict: upstream.strict,
      confirmedElsewhere: isWorker,
      deferValidation: settings.deferTokenValidation,
      revalidationIntervalMs: settings.tokenRevalidationIntervalSeconds * 1000,
      cacheLimits: {
        refused: settings.refusalLimit,
        refusedForMs: settings.refusalSeconds * 1000,
        accepted: settings.tokenLimit,
      },
      validation: {
        concurrency: settings.validationConcurrency,
        batchSize: validationBatch,
        queueLimit: settings.validationQueueLimit,
        failureForMs: validationFailureMs,
      },
    },
    {
      environments,
      access,
      headers,
      ask: upstream.ask,
      createSource,
      store,
      timers,
      logger: upstreamLogger,
      onRefused: outside.onRefused,
      announce: (token) => {
        if (upstream.takesReports) void announce(token, announcement);
        outside.onFetchingWith?.(token);
      },
      onTokensChanged: () => {
        upstreamAnswered = true;
        saveSoon();
      },
    },
  );
  if (delta !== undefined) service.cache.onRevoked(({ token }) => delta.revoke(token));
  if (!upstream.strict && !settings.dynamic) {
    tell(
      logger,
      logEvents.edgeNeitherStrictNorDynamic,
      'Neither --strict nor --dynamic was given. Dynamic behavior is used, which Edge 20 has no more: consider --strict',
    );
  }
  if (upstream.takesReports && /\/api\/?$/.test(settings.upstreamUrl)) {
    tell(
      logger,
      logEvents.edgeUpstreamUrlEndsInApi,
      'The upstream URL ends in /api. It should be the address of the instance without /api',
    );
  }
  const tokens = () => service.cache.accepted();
  const holds = (key: string) => environments.get(key) !== undefined;
  const { handler, repeats, internal, collect, ofrep, proxyPaths, bounds } = assembleEdge(core, {
    authorizer: service.authorizer,
    hydrate: service.hydrate,
    metrics,
    identity,
    delta,
    streaming: settings.streaming || server.serveStreaming,
    refreshes: () => service.refresh.refreshes,
    tokens: () => [...tokens(), ...service.cache.refused()],
    proxyToken: () => proxyToken(service),
    awaitsFeatures: () => service.awaitsFeatures,
    everywhere: outside.everywhere,
    families: [
      ...edgeFamilies({
        service,
        failedSaves: () => saver?.failures ?? 0,
        metrics,
        streams: () => delta?.connectedClients ?? 0,
      }),
      ...upstreamFigures.families,
      ...usage.families,
    ],
    usage,
    tokenBounds: () => tokenBounds(service, settings),
    secrets: [...settings.tokens, ...settings.pretrustedTokens],
    onRevoked: (listener) => service.cache.onRevoked(listener),
    onTokensChanged: (listener) => service.cache.onChanged(listener),
    refresh: (key) => service.refresh.refresh(key),
  });
  const pusher =
    settings.prometheusRemoteWriteUrl === undefined
      ? undefined
      : new RemoteWritePusher({
          url: settings.prometheusRemoteWriteUrl,
          intervalMs: settings.prometheusPushInterval * 1000,
          username: settings.prometheusUsername ?? settings.prometheusUserId,
          password: settings.prometheusPassword,
          labels: { app_name: identity.appName },
          collect,
          send: outside.send,
          timeoutMs,
          timers,
          logger,
        });
  return {
    handler,
    repeats,
    internal,
    instanceId: identity.instanceId,
    ofrep,
    service,
    figures: () => prometheusText(collect()),
    operator: edgeMode({
      kind: 'edge',
      environments,
      engine: core.engine,
      tokens,
      refreshes: () => service.refresh.refreshes,
      proxyPaths,
      figures: () =>
        edgeOperatorFigures({
          core,
          bounds: bounds(),
          metrics,
          edge: {
            service,
            exchanges: upstreamFigures.families,
            failedSaves: () => (store === undefined ? undefined : (saver?.failures ?? 0)),
          },
        }),
    }),
    metrics,
    settled: () => proxyPaths?.settled() ?? Promise.resolve(),
    holds,
    held: () => fetchedKeys(service).filter(holds).length + (proxyPaths?.ready() ?? 0),
    onChange: (listener) => {
      environments.onChange((key) => {
        void (delta?.settled() ?? Promise.resolve()).then(() => listener(key));
      });
    },
    async start() {
      await service.start();
      if (store !== undefined) {
        saver = new StateSaver({
          store,
          intervalMs: saveIntervalMs,
          limitMs: saveLimitMs,
          tokens: () => service.validated,
          tokensAreKnown: () => upstreamAnswered,
          features: () => service.documents,
          changedAtMs: (key) => environments.age(key)?.changedAtMs,
          timers,
          logger,
        });
        saver.start();
        // The start-up tokens, which were validated before there was anything to keep them.
        if (upstreamAnswered) saveSoon();
      }
      metrics.start();
      pusher?.start();
    },
    closeStreams: () => delta?.close(),
    async stop(deadlineMs) {
      delta?.close();
      service.stop();
      pusher?.stop();
      await Promise.all([saver?.stop(deadlineMs), metrics.stop(deadlineMs)]);
      await store?.close();
    },
  };
}

function fetchedKeys({ refresh }: EdgeService): string[] {
  return [...new Set(refresh.refreshes.map(({ token }) => cacheKey(token)))];
}
