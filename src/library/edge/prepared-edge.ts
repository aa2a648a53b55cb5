import { logEvents } from '../../flags/events/catalogue.ts';
import { tell } from '../../flags/events/tell.ts';
import type { Logger } from '../../flags/logger.ts';
import { alone, type Fleet } from '../../fleet/fleet.ts';
import type { OperatorSettings } from '../../http/operator/settings.ts';
import { type RepeatedRequests, withRepeats } from '../../unleash/edge/api/repeats.ts';
import { attachOfrep, createOfrepFor } from '../ofrep/attach.ts';
import { attachOperator } from '../operator/attach.ts';
import type { ServedSystem } from '../shared/system.ts';
import type { EdgeServerSettings } from './assemble-edge.ts';
import { listenEdge } from './listen-edge.ts';

/** Edge or offline mode, put together but not running. */
export interface PreparedEdge extends ServedSystem {
  readonly settings: EdgeServerSettings;
  readonly logger: Logger;
  /** See {@link AssembledEdge}. */
  readonly repeats: RepeatedRequests | undefined;
}

/** A running Edge. */
export interface EdgeServer {
  readonly port: number | undefined;
  /** Stops accepting, lets open requests finish, sends and keeps what is left. */
  close(): Promise<void>;
}

/**
 * Starts it and listens.
 *
 * @throws EdgeStartupError, and the system's error when it cannot listen
 */
export async function servePrepared(edge: PreparedEdge, fleet: Fleet = alone): Promise<EdgeServer> {
  const { settings, logger } = edge;
  const ofrep = createOfrepFor(edge.ofrep);
  const handler = attachOperator(attachOfrep(edge.handler, ofrep), {
    settings: edgeOperatorSettings(settings),
    basePath: settings.basePath,
    modes: [edge.operator],
    onError: (error) => tell(logger, logEvents.requestFailed, error),
  });
  await edge.start();
  const listening = await listenEdge(withRepeats(handler, edge.repeats), settings, logger, fleet.listen).catch(
    async (error) => {
      await edge.stop(0);
      throw error;
    },
  );
  return {
    port: listening.port,
    async close() {
      ofrep?.close();
      edge.endStreams();
      await listening.close(settings.shutdownTimeoutMs);
      await edge.stop(settings.shutdownTimeoutMs);
    },
  };
}

/** Who may use operator tools, as Edge's settings say it. */
export function edgeOperatorSettings({ operatorTokens, operatorAccess }: EdgeServerSettings): OperatorSettings {
  return { tokens: operatorTokens, access: operatorAccess };
}
