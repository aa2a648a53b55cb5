/** Deep import of the original: `…/dist/create-client`. */
import { BuiltInClient } from './library/built-in-client.ts';
import type { IProxyConfig } from './unleash/proxy/config-types.ts';

/**
 * Starts a client of its own for a configuration; pass it to `createApp` as the second argument, or ask it in code. The
 * caller ends it with `destroy()`.
 */
export function createNewClient(config: IProxyConfig): BuiltInClient {
  return new BuiltInClient(config).start();
}

/**
 * The same as {@link createNewClient}. The original shares one client per process here, which made a second application
 * serve the toggles of the first.
 *
 * Source: Unleash Proxy specification 7; 9.2, 17.
 */
export function createSingletonClient(config: IProxyConfig): BuiltInClient {
  return createNewClient(config);
}
