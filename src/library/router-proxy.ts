import type { RequestHandler } from 'express';
import { createClientAddress } from '../http/client-address.ts';
import type { IProxyConfig } from '../unleash/proxy/config-types.ts';
import { createCredentialCheck } from '../unleash/proxy/credentials.ts';
import { createAnswering } from './answering.ts';
import { assembleProxy } from './assemble.ts';
import type { IClient } from './client-types.ts';
import { createMiddleware } from './express-middleware.ts';

/**
 * The API's routes alone, over a client, for applications that put the original's router together themselves:
 * `app.use('/proxy', new UnleashProxy(client, config).middleware)`. Cross-origin headers are theirs to send.
 *
 * Source: Unleash Proxy specification 7, deep imports.
 */
export class RouterProxy {
  /** Express middleware, to be mounted at the path of the API. */
  readonly middleware: RequestHandler;
  #isClientKey: (credential: string | undefined) => boolean;

  /** @param _openApiService accepted and not used: documentation is `createApp`'s business */
  constructor(client: IClient, config: IProxyConfig, _openApiService?: unknown) {
    const { source, stopping } = createAnswering(config, client);
    this.#isClientKey = createCredentialCheck(config.clientKeys);
    const { api } = assembleProxy(config, source, {
      mount: '',
      clientAddress: createClientAddress(false),
      isClientKey: (credential) => this.#isClientKey(credential),
      stopping,
    });
    this.middleware = createMiddleware({ api, cors: undefined, bodyLimitBytes: config.bodyLimitBytes });
  }

  /** Replaces the keys that are accepted. */
  setClientKeys(clientKeys: readonly string[]): void {
    this.#isClientKey = createCredentialCheck(clientKeys);
  }

  /** Older name of {@link setClientKeys}. */
  setProxySecrets(clientKeys: readonly string[]): void {
    this.setClientKeys(clientKeys);
  }
}
