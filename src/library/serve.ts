import { createProxyConfig } from '../config/proxy-config.ts';
import { listen } from '../http/hosts/listen.ts';
import type { IProxyConfig, IProxyOption } from '../unleash/proxy/config-types.ts';
import type { ProxyService } from '../unleash/proxy/service.ts';
import { assembleProxy, createService } from './assemble.ts';

/** A running server. */
export interface Server {
  /** The port in use; undefined on a socket path. */
  readonly port: number | undefined;
  readonly service: ProxyService;
  /** Resolves when definitions are held for the first time and requests are answered. */
  readonly ready: Promise<void>;
  /** Stops accepting, lets open requests finish, sends the last usage, and closes what is left at the deadline. */
  close(): Promise<void>;
}

/** Settings of {@link serve} beyond those of the original. */
export interface ServeOptions extends IProxyOption {
  /** 0 picks a free port. */
  port?: number | string;
  /** Address to listen on; all interfaces without it. */
  host?: string;
}

/**
 * Starts an Unleash Proxy server on this runtime's own HTTP server, Bun's or Node's. What the options leave open comes
 * from the environment.
 *
 * @throws TypeError when the URL, the token or the keys are missing; the system's error when it cannot listen
 */
export function serve(options: ServeOptions = {}): Promise<Server> {
  const config = createProxyConfig(options);
  return serveConfig({ ...config, port: options.port ?? config.port, host: options.host ?? config.host });
}

/** Starts a server for a complete configuration. */
export async function serveConfig(config: IProxyConfig): Promise<Server> {
  const service = createService(config);
  const { handler } = assembleProxy(config, service.source);
  const listening = await listen(handler, {
    port: config.port,
    host: config.host,
    onError: (error) => config.logger.error(error),
  });
  service.start();
  return {
    port: listening.port,
    service,
    ready: service.ready,
    async close() {
      await listening.close(config.shutdownTimeoutMs);
      await service.stop(config.shutdownTimeoutMs);
    },
  };
}
