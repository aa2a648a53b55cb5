import type { CliValues } from '../../config/command-line.ts';
import type { offlineOptions } from '../../config/edge-options.ts';
import { logEvents } from '../../flags/events/catalogue.ts';
import { tell } from '../../flags/events/tell.ts';
import { instanceOfGroup, shareInstance } from '../../fleet/edge-instance.ts';
import { alone, type Fleet } from '../../fleet/fleet.ts';
import { prometheusText } from '../../operations/edge-prometheus.ts';
import { systemSlicing } from '../../operations/slicing.ts';
import { systemTimers } from '../../operations/system-timers.ts';
import { followPath } from '../../store/follow-path.ts';
import { OfflineAuthorizer } from '../../unleash/edge/api/authorizer.ts';
import { createEdgeMetrics } from '../../unleash/edge/metrics/edge-metrics.ts';
import { defaultMetricsLimits } from '../../unleash/edge/metrics/limits.ts';
import { readBootstrapFile } from '../../unleash/edge/offline/bootstrap.ts';
import { offlineTokens } from '../../unleash/edge/offline/tokens.ts';
import { EdgeStartupError } from '../../unleash/edge/service.ts';
import { EdgeDeltaHub } from '../../unleash/edge/streaming/edge-delta.ts';
import { cacheKey } from '../../unleash/edge/types.ts';
import { edgeMode } from '../operator/edge-mode.ts';
import { processUsage } from '../process-families.ts';
import { assembleEdge, createEdgeCore, type EdgeServerSettings, streamLimits } from './assemble-edge.ts';
import { ownsEdgePath } from './edge-paths.ts';
import { createIdentity } from './identity.ts';
import { inertSettings, runtime } from './inert-settings.ts';
import { edgeOperatorFigures } from './operator-figures.ts';
import type { PreparedEdge } from './prepared-edge.ts';
import { usageFigures } from './usage-figures.ts';

/** Settings of offline mode. */
export type OfflineSettings = CliValues<typeof offlineOptions>;

const metricsIntervalMs = 60_000;
/** With reloading on, a change is seen this soon where the system tells nothing, however long the configured interval. */
const longestLookMs = 1_000;

/**
 * Puts offline mode together: one file for all configured tokens, and no upstream. Its start reads the file.
 *
 * Source: Unleash Edge specification 3.3, 20.
 *
 * @throws EdgeStartupError
 */
export async function prepareOffline(
  server: EdgeServerSettings,
  settings: OfflineSettings,
  fleet: Fleet = alone,
): Promise<PreparedEdge> {
  const { bootstrapFile } = settings;
  if (bootstrapFile === undefined) throw new EdgeStartupError('NoFeaturesFile: --bootstrap-file has to be given');
  if (settings.tokens.length === 0 && settings.clientTokens.length === 0) {
    throw new EdgeStartupError('No tokens provided. Tokens must be specified when running in offline mode');
  }
  const core = await createEdgeCore(server);
  const { environments, logger } = core;
  for (const note of inertSettings(server, undefined, runtime)) tell(logger, logEvents.settingInert, note);
  if (settings.tokens.length > 0)
    tell(logger, logEvents.edgeTokensDeprecated, '--tokens is deprecated: use --client-tokens and --frontend-tokens');
  const tokens = offlineTokens(settings);
  const keys = [...new Set(tokens.map(cacheKey))];
  const publish = async (text: string) => {
    const document = readBootstrapFile(JSON.parse(text));
    for (const key of keys) await environments.replace(key, document);
  };
  let isUnusable = false;
  const file = followPath(bootstrapFile, {
    accept: async (text) => {
      await publish(text);
      if (isUnusable) tell(logger, logEvents.bootstrapFileUsableAgain, `${bootstrapFile} can be used again`);
      isUnusable = false;
    },
    onProblem: (error) => {
      isUnusable = true;
      tell(
        logger,
        logEvents.bootstrapFileUnusable,
        `${bootstrapFile} cannot be used: ${messageOf(error)}. Serving what it held before`,
      );
    },
    onUnwatched: (error) =>
      tell(
        logger,
        logEvents.fileNotWatched,
        `${bootstrapFile} cannot be watched: ${messageOf(error)}. Looking at it every second instead`,
      ),
    schedule: systemTimers.set,
    intervalMs: Math.min(longestLookMs, settings.reloadInterval * 1000),
  });
  const instanceId = (await instanceOfGroup(fleet)) ?? server.instanceId;
  const identity = createIdentity({ appName: server.appName, instanceId }, systemTimers.now(), Math.random);
  shareInstance(fleet, identity.instanceId);
  const usage = usageFigures(server, environments);
  const metrics = createEdgeMetrics({
    access: undefined,
    identity,
    intervalMs: metricsIntervalMs,
    hosting: server.hosting === 'hosted' ? 'hosted' : 'self-hosted',
    region: server.region ?? null,
    connectedStreams: () => delta?.connectedClients ?? 0,
    processUsage,
    timers: systemTimers,
    random: Math.random,
    logger,
    onUsage: usage.count,
    limits: { ...defaultMetricsLimits, bytes: server.usageLimitBytes },
  });
  const delta = server.serveStreaming
    ? new EdgeDeltaHub({
        environments,
        timers: systemTimers,
        slicing: systemSlicing,
        logger,
        limits: streamLimits(server),
      })
    : undefined;
  const { handler, repeats, ofrep, proxyPaths, collect, bounds } = assembleEdge(core, {
    authorizer: new OfflineAuthorizer(tokens),
    hydrate: () => undefined,
    metrics,
    identity,
    delta,
    streaming: delta !== undefined,
    refreshes: () => [],
    tokens: () => tokens,
    proxyToken: () => tokens[0],
    awaitsFeatures: () => true,
    families: usage.families,
    usage,
    secrets: tokens.map(({ token }) => token),
    onRevoked: () => {},
    onTokensChanged: () => {},
    refresh: async () => {},
  });
  fleet.figures.expose('offline', () => prometheusText(collect()));
  return {
    settings: server,
    logger,
    handler,
    repeats,
    ofrep,
    operator: edgeMode({
      kind: 'offline',
      environments,
      engine: core.engine,
      tokens: () => tokens,
      refreshes: () => [],
      proxyPaths,
      figures: () => edgeOperatorFigures({ core, bounds: bounds(), metrics }),
    }),
    owns: ownsEdgePath(server.basePath, server.proxyClientKeys.length > 0),
    async start() {
      const reading = settings.reloadInterval === 0 ? file.readOnce() : file.start();
      await reading.catch((error) => {
        throw new EdgeStartupError(`InvalidBackupFile: ${bootstrapFile}: ${messageOf(error)}`);
      });
      await proxyPaths?.settled();
    },
    endStreams: () => delta?.close(),
    async stop() {
      file.stop();
      delta?.close();
    },
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
