import { reportBounds } from '../../config/fleet-options.ts';
import { logEvents } from '../../flags/events/catalogue.ts';
import { tell } from '../../flags/events/tell.ts';
import type { FleetSettings } from '../../flags/fleet-settings.ts';
import type { Logger } from '../../flags/logger.ts';
import { EdgeShare, followEdge, workerEdgeOutside, workerEdgeSettings } from '../../fleet/edge.ts';
import { instanceOfGroup, shareInstance } from '../../fleet/edge-instance.ts';
import { alone, type Fleet } from '../../fleet/fleet.ts';
import type { Link } from '../../fleet/link.ts';
import { type JoinedUpstream, joinUpstream } from '../../fleet/sharing/join-sharing.ts';
import { unleashReports, unleashSharing } from '../../fleet/sharing/unleash-choices.ts';
import { oneStream } from '../../fleet/streams/one-stream.ts';
import { createUpstreamClient } from '../../http/upstream/client.ts';
import { createStreamOpener } from '../../http/upstream/stream.ts';
import { systemTimers } from '../../operations/system-timers.ts';
import { cacheKey } from '../../unleash/edge/types.ts';
import { upstreamProfile } from '../../unleash/upstream/profile.ts';
import { createEdgeCore, type EdgeServerSettings } from './assemble-edge.ts';
import { createEdge, type Edge } from './create-edge.ts';
import { ownsEdgePath } from './edge-paths.ts';
import { type EdgeSettings, openStateStore } from './edge-store.ts';
import { inertSettings, runtime } from './inert-settings.ts';
import type { PreparedEdge } from './prepared-edge.ts';
import { upstreamLimitMs } from './upstream-times.ts';
import { readUpstreamTls } from './upstream-tls.ts';

/**
 * Puts edge mode together. Its start validates tokens and restores state.
 *
 * @throws EdgeStartupError
 */
export async function prepareEdge(
  server: EdgeServerSettings,
  settings: EdgeSettings,
  fleet: Fleet = alone,
): Promise<PreparedEdge> {
  if (fleet.primary !== undefined) return prepareWorker(server, settings, fleet, fleet.primary);
  const core = await createEdgeCore(server);
  for (const note of inertSettings(server, settings, runtime)) tell(core.logger, logEvents.settingInert, note);
  const tls = await readUpstreamTls(settings);
  const client = {
    rejectUnauthorized: !settings.skipSslVerification,
    tls,
    connectTimeoutMs: upstreamLimitMs(settings.upstreamRequestTimeout),
    keepAliveMs: settings.clientKeepaliveTimeout * 1000,
  };
  const intervalMs = settings.featuresRefreshIntervalSeconds * 1000;
  const joined = await joinUpstream({
    system: 'edge',
    send: fleet.instruments.send(createUpstreamClient(client)),
    settings: fleetOf(settings),
    choose: unleashSharing(intervalMs),
    intervalMs,
    chooseReports: unleashReports(settings.metricsIntervalSeconds * 1000),
    instanceIsCredential: upstreamProfile(settings.upstreamProfile, settings.upstreamUrl) === 'gitlab',
    warn: (event, message) => tell(core.logger, event, message),
  });
  const openStream = fleet.instruments.open(createStreamOpener(client));
  const share = new EdgeShare();
  const edge: Edge = createEdge(core, settings, {
    onFetchingWith: share.onFetchingWith,
    onRefused: share.onRefused,
    send: joined.send,
    openStream: joined.streams === undefined ? openStream : oneStream(joined.streams, openStream),
    sharesStreams: joined.streams !== undefined,
    timers: systemTimers,
    random: Math.random,
    stateStore: await openStateStore(settings, core.logger),
    everywhere: fleet.held('edge', () => edge.held()),
  });
  fleet.logTo(core.logger);
  fleet.share?.(share.of({ ...edge, internal: fleet.instruments.relay(edge.internal) }));
  fleet.figures.expose('edge', edge.figures);
  shareInstance(fleet, edge.instanceId);
  followFleet(joined, edge);
  return prepared(server, core.logger, edge, async (limitMs) => {
    const untilMs = systemTimers.now() + limitMs;
    joined.prepareToLeave();
    await edge.stop(limitMs);
    await joined.leave(Math.max(0, untilMs - systemTimers.now()));
  });
}

/** Asks for everything at once when another member of the fleet got something new. */
function followFleet(joined: JoinedUpstream, { service }: Edge): void {
  joined.onChanged(() => {
    for (const key of new Set(service.refresh.refreshes.map(({ token }) => cacheKey(token)))) {
      void service.refresh.refresh(key);
    }
  });
}

function fleetOf(settings: EdgeSettings): FleetSettings | undefined {
  const { fleetRedisUrl, fleetUsageLimitBytes, fleetUsageLimitReports, fleetUsageKeepSeconds } = settings;
  if (fleetRedisUrl === undefined) return undefined;
  const reports = reportBounds(fleetUsageLimitBytes, fleetUsageLimitReports, fleetUsageKeepSeconds);
  return { redisUrls: fleetRedisUrl, name: settings.fleetName, reports };
}

/** An Edge whose upstream is the primary of its group. */
async function prepareWorker(
  server: EdgeServerSettings,
  settings: EdgeSettings,
  fleet: Fleet,
  primary: Link,
): Promise<PreparedEdge> {
  const own = workerEdgeSettings(server, settings);
  const core = await createEdgeCore({ ...own.server, instanceId: await instanceOfGroup(fleet) });
  const ofPrimary = workerEdgeOutside(primary);
  const outside = {
    ...ofPrimary,
    send: fleet.instruments.pass(ofPrimary.send),
    timers: systemTimers,
    random: Math.random,
    everywhere: fleet.held('edge', () => edge.held()),
  };
  const edge: Edge = createEdge(core, own.settings, outside);
  const stopFollowing = followEdge(edge, fleet, primary);
  fleet.logTo(core.logger);
  fleet.figures.expose('edge', edge.figures);
  return prepared(server, core.logger, edge, async (limitMs) => {
    stopFollowing();
    await edge.stop(limitMs);
  });
}

function prepared(
  settings: EdgeServerSettings,
  logger: Logger,
  edge: Edge,
  stop: (limitMs: number) => Promise<void>,
): PreparedEdge {
  return {
    settings,
    logger,
    handler: edge.handler,
    repeats: edge.repeats,
    ofrep: edge.ofrep,
    operator: edge.operator,
    owns: ownsEdgePath(settings.basePath, settings.proxyClientKeys.length > 0),
    start: () => edge.start(),
    endStreams: () => edge.closeStreams(),
    stop,
  };
}
