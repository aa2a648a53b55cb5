import { createBunClient } from './bun-client.ts';
import type { SendUpstream, UpstreamClientOptions } from './types.ts';

/**
 * The outgoing HTTP client of this runtime. Proxies come from `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`, in either
 * case, unless an agent is given.
 */
export function createUpstreamClient(options: UpstreamClientOptions): SendUpstream {
  // Bun's fetch does not read PKCS#12; its copy of Node's modules does.
  return typeof Bun === 'undefined' || options.agent !== undefined || options.tls?.pfx !== undefined
    ? onNode(options)
    : createBunClient(options);
}

/** Loaded with the first request: on Bun, Node's client and its agents for proxies are memory that is seldom needed. */
function onNode(options: UpstreamClientOptions): SendUpstream {
  let client: Promise<SendUpstream> | undefined;
  return async (request) => {
    client ??= import('./node-client.ts').then(({ createNodeClient }) => createNodeClient(options));
    return (await client)(request);
  };
}
