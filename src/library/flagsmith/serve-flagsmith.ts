import { readOfrepOptions } from '../../config/ofrep-options.ts';
import type { OpenFeatureOptions } from '../../flags/openfeature.ts';
import type { FlagsmithConfig } from '../../flagsmith/config/read-config.ts';
import { alone, type Fleet } from '../../fleet/fleet.ts';
import type { Listening } from '../../http/hosts/types.ts';
import { defaultOperatorSettings, type OperatorSettings } from '../../http/operator/settings.ts';
import type { HttpHandler } from '../../http/types.ts';
import { whileListening } from '../lost-streams.ts';
import { attachOfrep, createOfrepFor } from '../ofrep/attach.ts';
import { flagsmithOfrep } from '../ofrep/flagsmith-parts.ts';
import { attachOperator } from '../operator/attach.ts';
import { readTrustedPeers, type TrustedPeers, withAccessLog } from './access-log.ts';
import { assembleFlagsmith, type FlagsmithParts } from './assemble-flagsmith.ts';

/** A Flagsmith server that can be stopped at any time, also while it starts. */
export interface FlagsmithServer {
  /**
   * Fetches, then listens.
   *
   * @returns the port in use
   */
  start(): Promise<number | undefined>;
  /** Stops accepting, lets open requests finish, delivers and keeps what is left. */
  close(): Promise<void>;
}

/** Longest time that each step of a stop takes, in milliseconds. */
export const flagsmithStopLimitMs = 5_000;

const loggerName = 'uvicorn.error';

/**
 * A server for Flagsmith alone. `forwardedAllowIps`: peers whose forwarded addresses count where the configuration says
 * that they do at all.
 */
export async function createFlagsmithServer(
  config: FlagsmithConfig,
  forwardedAllowIps: string | undefined,
  operator: OperatorSettings = defaultOperatorSettings,
  openFeature: OpenFeatureOptions = readOfrepOptions({}, () => {}),
  fleet: Fleet = alone,
): Promise<FlagsmithServer> {
  const parts = await assembleFlagsmith(config, fleet);
  const { logger, service } = parts;
  const { server } = config.edgeProxy;
  const onError = (error: unknown) => logger.log('ERROR', loggerName, `request failed: ${String(error)}`);
  const ofrep = createOfrepFor(flagsmithOfrep(parts, openFeature, trustedPeers(parts, forwardedAllowIps)));
  const handler = attachOperator(attachOfrep(logged(parts, forwardedAllowIps), ofrep), {
    settings: operator,
    basePath: '',
    modes: [parts.operator],
    onError,
  });
  let listening: Listening | undefined;
  let stopping = false;
  return {
    async start() {
      logger.log('INFO', loggerName, `Started server process [${process.pid}]`);
      logger.log('INFO', loggerName, 'Waiting for application startup.');
      await parts.start();
      if (stopping) return undefined;
      logger.log('INFO', loggerName, 'Application startup complete.');
      const opened = await fleet.listen(handler, {
        port: server.port,
        host: server.host,
        keepAliveTimeoutMs: server.timeout_keep_alive * 1000,
        http: config.halyard.http,
        onError,
      });
      listening = whileListening(opened, (lost) => logger.log('INFO', loggerName, 'streams_lost', { ...lost }));
      if (fleet.primary !== undefined) return listening.port;
      const host = server.host.includes(':') ? `[${server.host}]` : server.host;
      const { port = server.port } = listening;
      logger.log('INFO', loggerName, `Uvicorn running on http://${host}:${port} (Press CTRL+C to quit)`);
      return port;
    },
    async close() {
      stopping = true;
      logger.log('INFO', loggerName, 'Shutting down');
      ofrep?.close();
      service.endStreams();
      await listening?.close(flagsmithStopLimitMs);
      logger.log('INFO', loggerName, 'Waiting for application shutdown.');
      await parts.stop(flagsmithStopLimitMs);
      logger.log('INFO', loggerName, 'Application shutdown complete.');
      logger.log('INFO', loggerName, `Finished server process [${process.pid}]`);
    },
  };
}

/** What answers, with a log of requests where the configuration asks for it. */
export function logged(parts: FlagsmithParts, forwardedAllowIps: string | undefined): HttpHandler {
  const { config, logger, service } = parts;
  const { logging } = config.edgeProxy;
  if (!logging.enable_access_log || !logger.writes('INFO', 'uvicorn.access')) return service.handler;
  return withAccessLog(service.handler, logger, trustedPeers(parts, forwardedAllowIps));
}

/** Whose forwarded addresses count; null for nobody's. */
export function trustedPeers({ config }: FlagsmithParts, forwardedAllowIps: string | undefined): TrustedPeers | null {
  return config.edgeProxy.server.proxy_headers ? readTrustedPeers(forwardedAllowIps) : null;
}
