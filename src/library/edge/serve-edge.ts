import { createUpstreamClient } from '../../http/upstream/client.ts';
import { createStreamOpener } from '../../http/upstream/stream.ts';
import { systemTimers } from '../../operations/system-timers.ts';
import { createEdgeCore, type EdgeServerSettings } from './assemble-edge.ts';
import { createEdge } from './create-edge.ts';
import { ownsEdgePath } from './edge-paths.ts';
import { type EdgeSettings, openStateStore } from './edge-store.ts';
import { inertSettings, runtime } from './inert-settings.ts';
import { type EdgeServer, type PreparedEdge, servePrepared } from './prepared-edge.ts';
import { readUpstreamTls } from './upstream-tls.ts';

/**
 * Puts edge mode together. Its start validates tokens and restores state.
 *
 * @throws EdgeStartupError
 */
export async function prepareEdge(server: EdgeServerSettings, settings: EdgeSettings): Promise<PreparedEdge> {
  const core = await createEdgeCore(server);
  for (const note of inertSettings(server, settings, runtime)) core.logger.warn(note);
  const tls = await readUpstreamTls(settings);
  const client = {
    rejectUnauthorized: !settings.skipSslVerification,
    tls,
    connectTimeoutMs: settings.upstreamRequestTimeout * 1000,
    keepAliveMs: settings.clientKeepaliveTimeout * 1000,
  };
  const edge = createEdge(core, settings, {
    send: createUpstreamClient(client),
    openStream: createStreamOpener(client),
    timers: systemTimers,
    random: Math.random,
    stateStore: await openStateStore(settings, core.logger),
  });
  return {
    settings: server,
    logger: core.logger,
    handler: edge.handler,
    ofrep: edge.ofrep,
    operator: edge.operator,
    owns: ownsEdgePath(server.basePath, server.proxyClientKeys.length > 0),
    start: () => edge.start(),
    endStreams: () => edge.closeStreams(),
    stop: (limitMs) => edge.stop(limitMs),
  };
}

/**
 * Starts edge mode: tokens are validated and state restored before anything listens.
 *
 * @throws EdgeStartupError, and the system's error when it cannot listen
 */
export async function serveEdge(server: EdgeServerSettings, settings: EdgeSettings): Promise<EdgeServer> {
  return servePrepared(await prepareEdge(server, settings));
}
