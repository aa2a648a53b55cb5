import type compression from 'compression';
import type express from 'express';
import type { Application, Request } from 'express';
import { logEvents } from '../flags/events/catalogue.ts';
import { tell } from '../flags/events/tell.ts';
import { createClientAddress, createPeerTrust } from '../http/client-address.ts';
import type { IProxyConfig } from '../unleash/proxy/config-types.ts';
import { createAnswering, type ProxyHandle } from './answering.ts';
import { assembleProxy } from './assemble.ts';
import type { IClient } from './client-types.ts';
import {
  createDocsMiddleware,
  createErrorMiddleware,
  createMiddleware,
  createOfrepMiddleware,
  createOperatorMiddleware,
} from './express-middleware.ts';
import { createOfrepFor, type OfrepParts } from './ofrep/attach.ts';
import { createOperatorTools } from './operator/attach.ts';
import { embeddedSettings } from './operator/embedded.ts';
import { proxyMode } from './operator/proxy-mode.ts';
import type { ProxyOptions } from './options.ts';
import { createRunnableConfig } from './resolve-config.ts';

/** What is needed of an Express application, version 4 or 5. */
export interface ExpressApplication {
  use(...handlers: never[]): unknown;
  set(setting: string, value: unknown): unknown;
  disable(setting: string): unknown;
}

/** An Express application with the API in it. */
export type ProxyApplication<App = Application> = App & {
  /** Its client, when it is ready, and how to end it. With two proxies in one application: those of the second. */
  readonly halyard: ProxyHandle;
};

/**
 * The Unleash Proxy API as an Express application: one of its own (Express 4), or the one given (Express 4 or 5), which
 * is returned. It does not listen. Call `.listen(port)`, mount it with `parent.use('/flags', app)`, or add routes: they
 * get cross-origin headers and compression. Definitions are fetched from now on, unless a client is given.
 *
 * Source: Unleash Proxy specification 1.1, 7 and 8.6.
 *
 * @param client answers instead of the built-in client
 * @throws TypeError when the URL, the token or the keys are missing; Error for extensions that cannot be used
 */
export function createApp<App extends ExpressApplication = Application>(
  options: ProxyOptions = {},
  client?: IClient,
  app?: App,
): ProxyApplication<App> {
  return attachProxy(createRunnableConfig(options), client, app ?? (createExpressApplication() as unknown as App));
}

/** Attaches the API to an application and starts what answers. */
export function attachProxy<App extends ExpressApplication>(
  config: IProxyConfig,
  client: IClient | undefined,
  app: App,
): ProxyApplication<App> {
  const answering = createAnswering(config, client);
  const onError = (error: unknown) => tell(config.logger, logEvents.requestFailed, error);
  // Whom to trust is a setting of the application here, so that `req.ip` and the API agree.
  const {
    api,
    cors,
    docs,
    ofrep: parts,
  } = assembleProxy(config, answering.source, {
    clientAddress: createClientAddress(false),
    stopping: answering.stopping,
  });
  app.disable('x-powered-by');
  trustProxy(app, config);
  const use = app.use.bind(app) as (...handlers: unknown[]) => unknown;
  if (docs !== undefined) use(createDocsMiddleware(docs));
  try {
    config.preHook?.(app);
  } catch (error) {
    // The caller hears of it; nothing may be left behind of an application that does not come about.
    void answering.stop();
    throw error;
  }
  const settings = embeddedSettings(config.operator);
  if (settings.access !== 'off') {
    const tools = {
      settings,
      basePath: config.proxyBasePath,
      modes: [proxyMode('proxy', config, answering.service)],
      onError,
    };
    use(createOperatorMiddleware(createOperatorTools(tools), config.proxyBasePath));
  }
  const ofrep = createOfrepFor(parts && inExpress(parts, config));
  if (ofrep !== undefined) use(createOfrepMiddleware(ofrep));
  use(createMiddleware({ api, cors, bodyLimitBytes: config.bodyLimitBytes }));
  // After the API, which compresses by itself: for what the application adds.
  use(createCompression());
  use(createErrorMiddleware(onError));
  answering.start();
  const close = () => {
    ofrep?.close();
    return answering.stop();
  };
  const handle: ProxyHandle = { client: answering.client, ready: answering.ready, close };
  Object.defineProperty(app, 'halyard', { value: handle, configurable: true, writable: true });
  return app as ProxyApplication<App>;
}

/** Inside an application, paths and addresses are what it makes of them. */
function inExpress(parts: OfrepParts, { trustProxy: trust }: IProxyConfig): OfrepParts {
  const isTrusted = createPeerTrust(trust);
  return {
    ...parts,
    mountPath: ({ native }) => (native as Request).baseUrl,
    isTrusted: (request) => isTrusted({ peerAddress: () => (request.native as Request).socket.remoteAddress }),
  };
}

/** A value that Express does not understand is logged, and nobody is trusted. */
function trustProxy(app: ExpressApplication, { trustProxy: value, logger }: IProxyConfig): void {
  try {
    app.set('trust proxy', value);
  } catch (error) {
    tell(logger, logEvents.trustProxyInvalid, `The provided "trustProxy" option was not valid ("${value}")`, error);
    app.set('trust proxy', false);
  }
}

/** Loaded when an application needs it: servers that bring their own host never do. */
export function createExpressApplication(): Application {
  const create = require('express') as typeof express;
  return create();
}

function createCompression(): unknown {
  const create = require('compression') as typeof compression;
  return create();
}
