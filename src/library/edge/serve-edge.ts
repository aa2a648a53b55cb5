import { listen } from '../../http/hosts/listen.ts';
import { createUpstreamClient } from '../../http/upstream/client.ts';
import { systemTimers } from '../../operations/system-timers.ts';
import { createEdgeCore, type EdgeServerSettings } from './assemble-edge.ts';
import { createEdge } from './create-edge.ts';
import { type EdgeSettings, openStateStore } from './edge-store.ts';

/** A running Edge. */
export interface EdgeServer {
  readonly port: number | undefined;
  /** Stops accepting, lets open requests finish, sends and keeps what is left. */
  close(): Promise<void>;
}

/**
 * Starts edge mode: tokens are validated and state restored before anything listens.
 *
 * @throws EdgeStartupError, and the system's error when it cannot listen
 */
export async function serveEdge(server: EdgeServerSettings, settings: EdgeSettings): Promise<EdgeServer> {
  const core = await createEdgeCore(server);
  const edge = createEdge(core, settings, {
    send: createUpstreamClient({ rejectUnauthorized: !settings.skipSslVerification }),
    timers: systemTimers,
    random: Math.random,
    stateStore: await openStateStore(settings),
  });
  await edge.start();
  const listening = await listen(edge.handler, {
    port: server.port,
    host: server.interface,
    keepAliveTimeoutMs: server.edgeKeepaliveTimeout * 1000,
    onError: (error) => core.logger.error(error),
  }).catch(async (error) => {
    await edge.stop(0);
    throw error;
  });
  return {
    port: listening.port,
    async close() {
      await listening.close(server.shutdownTimeoutMs);
      await edge.stop(server.shutdownTimeoutMs);
    },
  };
}
