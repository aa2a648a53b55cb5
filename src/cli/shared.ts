import type { Environment } from '../config/option.ts';
import { createProxyConfig } from '../config/proxy-config.ts';
import type { PreparedEdge } from '../library/edge/prepared-edge.ts';
import { loadExtensions } from '../library/load-extensions.ts';
import { serveShared } from '../library/shared/serve-shared.ts';
import { printEdgeListens } from './edge-listens.ts';
import { badConfiguration, orExit, startFailed, warnOfWorkers } from './flagsmith.ts';
import { loadFlagsmithConfig } from './flagsmith-config.ts';
import { containLateErrors } from './late-errors.ts';
import { sharedAddress } from './shared-address.ts';
import { stopOnSignal } from './signals.ts';

/** What the environment and the command line ask for. */
export interface WantedSystems {
  readonly proxy: boolean;
  readonly flagsmith: boolean;
  readonly edge: PreparedEdge | undefined;
}

/** Runs several systems in one process on one port until it is told to stop. */
export async function runShared(wanted: WantedSystems, environment: Environment): Promise<void> {
  const { edge } = wanted;
  const proxy = wanted.proxy ? await loadExtensions(createProxyConfig({}, environment), environment) : undefined;
  const { server, address } = await orExit(badConfiguration, async () => {
    const flagsmith = wanted.flagsmith ? loadFlagsmithConfig(environment) : undefined;
    if (flagsmith !== undefined) warnOfWorkers(environment);
    const address = sharedAddress({ proxy, flagsmith, edge }, environment);
    const server = await serveShared({ proxy, flagsmith, edge }, address, environment.FORWARDED_ALLOW_IPS);
    return { server, address };
  });
  const limitMs = proxy?.shutdownTimeoutMs ?? edge?.settings.shutdownTimeoutMs ?? 5_000;
  stopOnSignal(() => server.close(), limitMs);
  if (proxy !== undefined) containLateErrors(proxy.logger);
  await orExit(edge === undefined ? startFailed : badConfiguration, async () => {
    const port = (await server.start()) ?? address.port;
    if (edge !== undefined) printEdgeListens(port, edge.settings);
    // Scripts wait for these lines. They say "listening", not "ready", and are printed at every log level.
    if (proxy !== undefined) console.log(`Unleash-proxy is listening on port ${port}!`);
    if (wanted.flagsmith) console.log('Flagsmith Edge Proxy is served on the same port');
  });
}
