import { logEvents } from '../flags/events/catalogue.ts';
import { tell } from '../flags/events/tell.ts';
import { alone, type Fleet } from '../fleet/fleet.ts';
import { proxyServiceIn } from '../fleet/proxy.ts';
import type { HttpImplementation } from '../http/hosts/types.ts';
import type { IProxyConfig } from '../unleash/proxy/config-types.ts';
import { createAnswering, type ProxyHandle } from './answering.ts';
import { assembleProxy, renderPrometheus } from './assemble.ts';
import type { IClient } from './client-types.ts';
import { tellingOfLostStreams } from './lost-streams.ts';
import { attachOfrep, createOfrepFor } from './ofrep/attach.ts';
import { attachOperator } from './operator/attach.ts';
import { proxyMode } from './operator/proxy-mode.ts';
import type { ProxyOptions } from './options.ts';
import { createRunnableConfig } from './resolve-config.ts';

/** A running server. `close` stops accepting, lets open requests finish, and closes what is left at the deadline. */
export interface Server extends ProxyHandle {
  /** The port in use; undefined on a socket path. */
  readonly port: number | undefined;
}

/** Settings of {@link serve} beyond those of the original. */
export interface ServeOptions extends ProxyOptions {
  /** 0 picks a free port. */
  port?: number | string;
  /** Address to listen on; all interfaces without it. */
  host?: string;
  /** Who reads and writes HTTP; `own` without it. `HALYARD_HTTP` in the environment. */
  http?: HttpImplementation;
  /** Answers instead of the built-in client. */
  client?: IClient;
}

/**
 * Starts an Unleash Proxy server without Express, on Bun or Node. What the options leave open comes from the environment.
 *
 * Rejects with a TypeError when the URL, the token or the keys are missing, and with the system's error when it cannot
 * listen.
 */
export async function serve(options: ServeOptions = {}): Promise<Server> {
  const { port, host, http, client, ...proxyOptions } = options;
  const config = createRunnableConfig(proxyOptions);
  const listening = { port: port ?? config.port, host: host ?? config.host, http: http ?? config.http };
  return serveConfig({ ...config, ...listening }, client);
}

/** Starts a server for a complete configuration. */
export async function serveConfig(config: IProxyConfig, client?: IClient, fleet: Fleet = alone): Promise<Server> {
  warnOfPreHook(config);
  const answering = createAnswering(config, client, proxyServiceIn(fleet));
  fleet.figures.expose('proxy', renderPrometheus);
  const onError = (error: unknown) => tell(config.logger, logEvents.requestFailed, error);
  const everywhere = fleet.held('proxy', () => Number(answering.source.isReady()));
  const proxy = assembleProxy(config, answering.source, { stopping: answering.stopping, everywhere });
  const ofrep = createOfrepFor(proxy.ofrep);
  const handler = attachOperator(attachOfrep(proxy.handler, ofrep), {
    settings: config.operator,
    basePath: config.proxyBasePath,
    modes: [proxyMode('proxy', config, answering.service)],
    onError,
  });
  const listening = await fleet
    .listen(handler, { port: config.port, host: config.host, http: config.http, onError })
    .then((server) => tellingOfLostStreams(server, config.logger))
    .catch(async (error) => {
      await answering.stop();
      throw error;
    });
  answering.start();
  return {
    port: listening.port,
    client: answering.client,
    ready: answering.ready,
    async close() {
      ofrep?.close();
      try {
        await listening.close(config.shutdownTimeoutMs);
      } finally {
        await fleet.figures.keep();
        await answering.stop();
      }
    },
  };
}

/** Says so where a setting for Express applications cannot have an effect. */
export function warnOfPreHook({ preHook, logger }: IProxyConfig): void {
  if (preHook !== undefined)
    tell(
      logger,
      logEvents.preHookIgnored,
      'preHook is not called: it needs an Express application (createApp or start)',
    );
}
