import { hostname } from 'node:os';
import type { CliValues } from '../../config/command-line.ts';
import type { edgeRootOptions } from '../../config/edge-options.ts';
import { logEvents } from '../../flags/events/catalogue.ts';
import { tell } from '../../flags/events/tell.ts';
import type { Everywhere } from '../../flags/everywhere.ts';
import type { Logger } from '../../flags/logger.ts';
import type { ClientAddress } from '../../http/client-address.ts';
import type { HttpHandler, HttpRequest } from '../../http/types.ts';
import type { Ofrep } from '../../ofrep/handler.ts';
import { EdgeLogger } from '../../operations/edge-logger.ts';
import {
  type CollectedFamily,
  collectEdgeFigures,
  type Family,
  prometheusText,
} from '../../operations/edge-prometheus.ts';
import { type Bounds, boundFamilies } from '../../operations/metrics/bounds.ts';
import { countIn, RequestFigures } from '../../operations/request-figures.ts';
import { systemSlicing } from '../../operations/slicing.ts';
import { systemTimers } from '../../operations/system-timers.ts';
import { answers } from '../../unleash/edge/api/answers.ts';
import { createApiPage } from '../../unleash/edge/api/api-page.ts';
import type { Authorizer } from '../../unleash/edge/api/authorizer.ts';
import { createBackstage } from '../../unleash/edge/api/backstage.ts';
import { createEdgeCors, type EdgeCorsOptions } from '../../unleash/edge/api/cors.ts';
import { EdgeApi, type Hydrate } from '../../unleash/edge/api/edge-api.ts';
import { createTagger, type Tagger } from '../../unleash/edge/api/entity.ts';
import { createEdgeHandler } from '../../unleash/edge/api/handler.ts';
import { openapiDocument } from '../../unleash/edge/api/openapi.ts';
import { createPathMatcher, type PathMatch, type RouteName } from '../../unleash/edge/api/paths.ts';
import { RepeatedRequests } from '../../unleash/edge/api/repeats.ts';
import { createClientIp, isInRanges } from '../../unleash/edge/context/client-ip.ts';
import { Environments } from '../../unleash/edge/environments/environments.ts';
import type { RunningEdgeMetrics } from '../../unleash/edge/metrics/edge-metrics.ts';
import { defaultEdgeDeltaLimits, type EdgeDeltaLimits } from '../../unleash/edge/streaming/edge-delta.ts';
import type { EdgeDelta, EdgeIdentity, EdgeToken } from '../../unleash/edge/types.ts';
import type { TokenRefresh } from '../../unleash/edge/upstream/refresh-set.ts';
import { Draws } from '../../unleash/engine/draws.ts';
import type { EngineEnvironment } from '../../unleash/engine/strategies/types.ts';
import type { OfrepEndpoint, OfrepParts } from '../ofrep/attach.ts';
import { edgeOfrepSource } from '../ofrep/edge-source.ts';
import { processFamilies } from '../process-families.ts';
import { readSwaggerUi } from '../shipped-files.ts';
import { edgeBounds } from './edge-bounds.ts';
import { heldFamilies } from './held-families.ts';
import { buildInfo } from './info.ts';
import type { createProxyPaths, ProxyPaths } from './proxy/proxy-paths.ts';
import type { UsageFigures } from './usage-figures.ts';

/** Settings of the server. */
export type EdgeServerSettings = CliValues<typeof edgeRootOptions>;

/** What edge and offline mode have in common, before anything is fetched or listens. */
export interface EdgeCore {
  readonly settings: EdgeServerSettings;
  readonly logger: Logger;
  readonly tagger: Tagger;
  readonly environments: Environments;
  /** What definitions are compiled with. */
  readonly engine: EngineEnvironment;
  readonly requests: RequestFigures;
  /** Makes the paths of Unleash Proxy; undefined where no keys for them are given. */
  readonly createProxyPaths: typeof createProxyPaths | undefined;
  /** What the engine's draws come from. */
  readonly draws: Draws;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Makes the common parts. `write` takes log lines. */
export async function createEdgeCore(settings: EdgeServerSettings, write = console.log): Promise<EdgeCore> {
  const logger = new EdgeLogger({
    format: settings.logFormat,
    filter: settings.logLevel ?? 'info',
    now: systemTimers.now,
    write,
  });
  const draws = new Draws(Math.random);
  const tagger = await createTagger(settings.forceStrongEtags);
  const engine: EngineEnvironment = {
    random: draws.next,
    now: systemTimers.now,
    hostname: process.env.hostname || hostname(),
    customStrategies: new Map(),
    semantics: 'yggdrasil',
  };
  const environments = new Environments({
    engine,
    tagger,
    cacheBytes: settings.replyCacheBytes,
    slicing: systemSlicing,
    now: systemTimers.now,
    onIssues: (key, issues) => {
      for (const { subject, message } of issues) {
        tell(
          logger,
          logEvents.documentIssue,
          subject === undefined ? `${key}: ${message}` : `${key}: flag "${subject}": ${message}`,
        );
      }
    },
  });
  // Loaded where it is asked for: the other API brings a validator with it.
  const proxy = settings.proxyClientKeys.length > 0 ? await import('./proxy/proxy-paths.ts') : undefined;
  const requests = new RequestFigures();
  return {
    settings,
    logger,
    tagger,
    environments,
    engine,
    requests,
    draws,
    now: systemTimers.now,
    createProxyPaths: proxy?.createProxyPaths,
  };
}

/** Bounds of streams, as far as they are settings. */
export function streamLimits({ streamLifetimeSeconds, streamLimit }: EdgeServerSettings): EdgeDeltaLimits {
  return { ...defaultEdgeDeltaLimits, longestMs: streamLifetimeSeconds * 1000, streams: streamLimit };
}

/** What a mode adds to the common parts. */
export interface EdgeMode {
  readonly authorizer: Authorizer;
  readonly hydrate: Hydrate;
  readonly metrics: RunningEdgeMetrics;
  readonly identity: EdgeIdentity;
  readonly delta: EdgeDelta | undefined;
  readonly streaming: boolean;
  readonly refreshes: () => readonly TokenRefresh[];
  readonly tokens: () => Iterable<EdgeToken>;
  /** What keys of Unleash Proxy stand for that name no environment; undefined while it is not known. */
  readonly proxyToken: () => EdgeToken | undefined;
  readonly awaitsFeatures: () => boolean;
  /** See {@link EdgeOutside}; nobody is asked without it. */
  readonly everywhere?: Everywhere | undefined;
  readonly families: readonly Family[];
  /** Configured credentials. */
  readonly secrets: readonly string[];
  /** Calls back when a token is valid no longer. */
  readonly onRevoked: (listener: (token: EdgeToken) => void) => void;
  /** Calls back when a token may do something else from now on. */
  readonly onTokensChanged: (listener: () => void) => void;
  /** How full is what is known of tokens; undefined where they are only configured. */
  readonly tokenBounds?: (() => Bounds) | undefined;
  /** Usage as SDKs report it. */
  readonly usage: UsageFigures;
  /** Fetches what an environment consists of now. Resolves when that is done. */
  readonly refresh: (cacheKey: string) => Promise<void>;
}

/** The dialect over a mode, and its figures. */
export interface AssembledEdge {
  readonly handler: HttpHandler;
  /** Answers what came before, to be asked first; undefined where nothing may be answered without a look at the client. */
  readonly repeats: RepeatedRequests | undefined;
  /** The two APIs for processes of the same group: trusted, not counted, and the same whatever the settings of paths. */
  readonly internal: HttpHandler;
  readonly collect: () => readonly CollectedFamily[];
  /** What OpenFeature clients are answered from. */
  readonly ofrep: OfrepParts;
  /** What clients of Unleash Proxy get, for operators; undefined where no keys for them are given. */
  readonly proxyPaths: ProxyPaths | undefined;
  /** How full everything is that is kept within bounds. */
  readonly bounds: () => Bounds;
}

/** Puts the dialect together over a mode. */
export function assembleEdge(core: EdgeCore, mode: EdgeMode): AssembledEdge {
  const { settings, environments, tagger, logger, requests } = core;
  const { metrics, identity } = mode;
  const clientIp = createClientIp({
    trustProxy: settings.trustProxy,
    trustedServers: settings.proxyTrustedServers,
  });
  const apiOptions = {
    authorizer: mode.authorizer,
    environments,
    metrics,
    delta: mode.delta,
    streaming: mode.streaming,
    hydrate: mode.hydrate,
    clientIp,
    authHeader: edgeAuthHeader(settings).toLowerCase(),
    edgeVersion: identity.edgeVersion,
    bodyLimitBytes: settings.bodyLimitBytes,
  };
  const api = new EdgeApi(apiOptions);
  const constantLabels = {
    edge_version: identity.edgeVersion,
    edge_githash: '',
    app_name: identity.appName,
    instance_id: identity.instanceId,
  };
  const proxyPaths = core.createProxyPaths?.({
    core,
    metrics,
    clientIp,
    defaultToken: mode.proxyToken,
    everywhere: mode.everywhere,
  });
  let served: Pick<Ofrep, 'streams' | 'bounds'> | undefined;
  const streams = () => (mode.delta?.connectedClients ?? 0) + (served?.streams ?? 0);
  const repeats = createRepeats(core, mode);
  const bounds = () => edgeBounds({ core, mode, proxyPaths, ofrep: served, repeats: repeats?.filled });
  const families = [
    ...heldFamilies({
      environments,
      requests,
      metrics,
      usage: mode.usage.flags,
      refreshes: mode.refreshes,
      tokens: mode.tokens,
      streams,
      proxyEvaluations: () => proxyPaths?.evaluations() ?? [],
    }),
    ...boundFamilies(bounds),
    ...mode.families,
    ...(proxyPaths?.families ?? []),
    ...processFamilies(),
  ];
  const collect = () => collectEdgeFigures({ requests, families, constantLabels });
  const backstage = createBackstage({
    environments,
    metrics,
    refreshes: mode.refreshes,
    tokens: mode.tokens,
    awaitsFeatures: mode.awaitsFeatures,
    everywhere: mode.everywhere,
    info: buildInfo(),
    prometheus: async () => prometheusText(collect()),
    openapi: () => openapiDocument(settings.basePath, edgeAuthHeader(settings)),
    apiPage: createApiPage({ readAsset: readSwaggerUi, tagger }),
  });
  const handler = createEdgeHandler({
    api,
    match: createPathMatcher(settings.basePath, disabledRoutes(settings), settings.disableAllEndpoint),
    backstage,
    cors: createEdgeCors(corsOptions(settings)),
    tagger,
    allowList: settings.allowList.length > 0 ? settings.allowList : undefined,
    denyList: settings.denyList.length > 0 ? settings.denyList : undefined,
    clientIp,
    repeats,
    tally: (match, request, { status, body }) => {
      const bytes = body?.length ?? 0;
      const series = requests.find(endpointOf(match), request.method, status);
      const interval = match.pathClass === 'client' ? request.header('unleash-interval') : undefined;
      const counted = metrics.requestTally(match.path, request.method, status, interval);
      return {
        add() {
          if (series !== undefined) countIn(series, 0, bytes);
          counted.add();
        },
      };
    },
    elapsedMs: () => performance.now(),
    onError: (error) => tell(logger, logEvents.requestFailed, error),
    onRequest: (match, request, reply, elapsedMs) => {
      const bytes = reply.body?.length ?? 0;
      const endpoint = endpointOf(match);
      requests.count(endpoint, request.method, reply.status, elapsedMs, bytes);
      if (reply.status >= 400)
        tell(logger, logEvents.edgeReportRefused, `${request.method} ${endpoint} was answered with ${reply.status}`);
      if (match.pathClass === 'open') return;
      // Only what fetches definitions is counted by its interval; reading a header costs Bun 0.1 µs.
      const interval = match.pathClass === 'client' ? request.header('unleash-interval') : undefined;
      metrics.countRequest(match.path, request.method, reply.status, interval, elapsedMs);
    },
  });
  const internal = createEdgeHandler({
    api: new EdgeApi({
      ...apiOptions,
      authorizer: trustingFetchers(mode),
      bodyLimitBytes: Number.MAX_SAFE_INTEGER,
    }),
    match: createPathMatcher('', new Set(), false),
    backstage: () => answers.notFound,
    cors: createEdgeCors({ maxAgeSeconds: 0 }),
    tagger,
    allowList: undefined,
    denyList: undefined,
    clientIp,
    repeats: undefined,
    tally: () => ({ add() {} }),
    elapsedMs: () => 0,
    onError: (error) => tell(logger, logEvents.requestFailed, error),
    onRequest: () => undefined,
  });
  const { proxyTrustedServers: trusted } = settings;
  const ofrep: OfrepParts = {
    source: edgeOfrepSource({ core, mode, clientIp }),
    options: settings,
    secrets: mode.secrets,
    cors: corsOptions(settings),
    basePath: settings.basePath,
    clientAddress: clientIp,
    isTrusted: settings.trustProxy
      ? (request) => trusted.length === 0 || isInRanges(request.peerAddress(), trusted)
      : undefined,
    isDenied: addressRules(settings, clientIp),
    onRequest: (endpoint, request, { status, body }) => {
      requests.count(ofrepEndpoints[endpoint], request.method, status, 0, body?.length ?? 0);
    },
    onError: (error) => tell(logger, logEvents.requestFailed, error),
    onCreated: (created) => {
      served = created;
    },
  };
  return { handler: proxyPaths?.inFront(handler) ?? handler, repeats, internal, collect, ofrep, proxyPaths, bounds };
}

const ofrepEndpoints: Readonly<Record<OfrepEndpoint, string>> = {
  'ofrep-single': '/ofrep/v1/{ofrep-single}',
  'ofrep-badKey': '/ofrep/v1/{ofrep-badKey}',
  'ofrep-bulk': '/ofrep/v1/{ofrep-bulk}',
  'ofrep-events': '/ofrep/v1/{ofrep-events}',
  'ofrep-unknown': '/ofrep/v1/{ofrep-unknown}',
};

/** Who may not ask at all by their address; undefined where nobody's is looked at. */
function addressRules(
  { allowList, denyList }: EdgeServerSettings,
  clientIp: ClientAddress,
): ((request: HttpRequest) => boolean) | undefined {
  if (denyList.length === 0 && allowList.length === 0) return undefined;
  return (request) => {
    const address = clientIp(request);
    return isInRanges(address, denyList) || (allowList.length > 0 && !isInRanges(address, allowList));
  };
}

/** Nothing is remembered where each client's address is looked at. */
function createRepeats({ settings, environments }: EdgeCore, mode: EdgeMode): RepeatedRequests | undefined {
  if (settings.allowList.length > 0 || settings.denyList.length > 0) return undefined;
  const repeats = new RepeatedRequests({
    authHeader: edgeAuthHeader(settings).toLowerCase(),
    limitBytes: settings.replyCacheBytes,
  });
  environments.onChange(() => repeats.clear());
  mode.onTokensChanged(() => repeats.clear());
  return repeats;
}

/** Lets tokens pass that this process itself fetches with: some are of its own making, and nobody validates those. */
function trustingFetchers({ authorizer, refreshes }: EdgeMode): Authorizer {
  return {
    authorize(presented, pathClass) {
      const own = refreshes().find(({ token }) => token.token === presented);
      return own === undefined ? authorizer.authorize(presented, pathClass) : { token: own.token };
    },
    identify: (presented) => authorizer.identify(presented),
    valid: (texts) => authorizer.valid(texts),
  };
}

/** The header that SDKs send their token in. */
export function edgeAuthHeader({ tokenHeader, edgeAuthHeader: own }: EdgeServerSettings): string {
  return tokenHeader ?? own ?? 'Authorization';
}

function endpointOf({ route, path }: PathMatch): string {
  switch (route) {
    case undefined:
      return '/{unknown}';
    case 'frontendFeature':
      return '/api/frontend/features/{feature_name}';
    case 'clientFeature':
      return '/api/client/features/{feature_name}';
    case 'swagger':
      return '/swagger-ui/';
    default:
      return path;
  }
}

function disabledRoutes(settings: EdgeServerSettings): ReadonlySet<RouteName> {
  const routes = new Set<RouteName>();
  if (settings.disableMetricsBatchEndpoint) routes.add('metricsBatch');
  if (settings.disableMetricsEndpoint) routes.add('prometheus');
  if (settings.disableFeaturesEndpoint) routes.add('features');
  if (settings.disableTokensEndpoint) routes.add('tokens');
  if (settings.disableInstanceDataEndpoint) routes.add('instanceData');
  return routes;
}

function corsOptions(settings: EdgeServerSettings): EdgeCorsOptions {
  const given = <Item>(list: readonly Item[]) => (list.length > 0 ? list : undefined);
  return {
    origins: given(settings.corsOrigin),
    methods: given(settings.corsMethods),
    allowedHeaders: given(settings.corsAllowedHeaders),
    exposedHeaders: given(settings.corsExposedHeaders),
    maxAgeSeconds: settings.corsMaxAge,
  };
}
