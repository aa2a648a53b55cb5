import { createBunClient } from './bun-client.ts';
import { createNodeClient } from './node-client.ts';
import type { SendUpstream, UpstreamClientOptions } from './types.ts';

/**
 * The outgoing HTTP client of this runtime. Proxies come from `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`, in either
 * case, unless an agent is given.
 */
export function createUpstreamClient(options: UpstreamClientOptions): SendUpstream {
  // Bun's fetch does not read PKCS#12; its copy of Node's modules does.
  return typeof Bun === 'undefined' || options.agent !== undefined || options.tls?.pfx !== undefined
    ? createNodeClient(options)
    : createBunClient(options);
}
