import type { Logger } from '../../flags/logger.ts';
import { createUpstreamClient } from '../../http/upstream/client.ts';
import { createStreamOpener } from '../../http/upstream/stream.ts';
import { systemTimers } from '../../operations/system-timers.ts';
import { createEdgeCore, type EdgeServerSettings } from './assemble-edge.ts';
import { createEdge } from './create-edge.ts';
import { type EdgeSettings, openStateStore } from './edge-store.ts';
import { listenEdge } from './listen-edge.ts';
import { readUpstreamTls } from './upstream-tls.ts';

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
  warnOfInert(settings, core.logger);
  const tls = await readUpstreamTls(settings);
  const client = { rejectUnauthorized: !settings.skipSslVerification, tls };
  const edge = createEdge(core, settings, {
    send: createUpstreamClient(client),
    openStream: createStreamOpener(client),
    timers: systemTimers,
    random: Math.random,
    stateStore: await openStateStore(settings, core.logger),
  });
  await edge.start();
  const listening = await listenEdge(edge.handler, server, core.logger).catch(async (error) => {
    await edge.stop(0);
    throw error;
  });
  return {
    port: listening.port,
    async close() {
      edge.closeStreams();
      await listening.close(server.shutdownTimeoutMs);
      await edge.stop(server.shutdownTimeoutMs);
    },
  };
}

/** Settings that are read and do nothing yet: silence would be a promise. */
function warnOfInert(settings: EdgeSettings, logger: Logger): void {
  if (settings.deltaDiff) logger.warn('--delta-diff has no effect');
}
