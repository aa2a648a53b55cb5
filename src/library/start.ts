import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Application } from 'express';
import { closable } from '../http/hosts/node-close.ts';
import type { ProxyHandle } from './answering.ts';
import { attachProxy, createExpressApplication, type ProxyApplication } from './create-app.ts';
import type { ProxyOptions } from './options.ts';
import { createRunnableConfig } from './resolve-config.ts';

/** An application that listens. */
export type StartedApplication = Application & {
  readonly halyard: ProxyHandle & {
    /** The listener. Its `listening` event tells when it listens. */
    readonly server: Server;
  };
};

/**
 * `createApp`, and listens on `PORT`, `PROXY_PORT` or 3000, on all interfaces. Returns the application; what the
 * original has no way for, `app.halyard.close()`, ends it all. For the fastest server without Express see `serve`.
 *
 * Source: Unleash Proxy specification 7.
 *
 * @throws as `createApp`. A port that is taken is an `error` event of the server, which ends the process unless it is
 * listened for
 */
export function start(options: ProxyOptions = {}): StartedApplication {
  const config = createRunnableConfig(options);
  const app: ProxyApplication = attachProxy(config, undefined, createExpressApplication());
  const { port, host, shutdownTimeoutMs } = config;
  const server = listen(app, port, host);
  const closeServer = closable(server);
  server.once('listening', () => {
    const address = server.address() as AddressInfo | string | null;
    const where = typeof address === 'object' && address !== null ? address.port : port;
    // Scripts wait for this line. It says "listening", not "ready", and is printed at every log level.
    console.log(`Unleash-proxy is listening on port ${where}!`);
  });
  const { client, ready, close } = app.halyard;
  const handle: StartedApplication['halyard'] = {
    client,
    ready,
    server,
    async close() {
      try {
        await closeServer(shutdownTimeoutMs);
      } finally {
        await close();
      }
    },
  };
  return Object.defineProperty(app, 'halyard', { value: handle }) as StartedApplication;
}

/** Text that is no number is a socket path, as in Node itself. */
function listen(app: Application, port: number | string, host: string | undefined): Server {
  if (typeof port === 'string') return app.listen(port);
  return host === undefined ? app.listen(port) : app.listen(port, host);
}
