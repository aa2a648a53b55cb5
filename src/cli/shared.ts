import type { Environment } from '../config/option.ts';
import { otlpTexts } from '../config/otlp-options.ts';
import { createProxyConfig } from '../config/proxy-config.ts';
import type { Fleet } from '../fleet/fleet.ts';
import { joinFleet } from '../fleet/join-fleet.ts';
import type { PreparedEdge } from '../library/edge/prepared-edge.ts';
import { loadExtensions } from '../library/load-extensions.ts';
import { serveShared } from '../library/shared/serve-shared.ts';
import { edgeListens } from './edge-listens.ts';
import { badConfiguration, orExit, startFailed, workersOf } from './flagsmith.ts';
import { loadFlagsmithConfig } from './flagsmith-config.ts';
import { containLateErrors } from './late-errors.ts';
import { observed } from './observed.ts';
import { sharedAddress } from './shared-address.ts';
import { type Begun, stoppable } from './signals.ts';
import { startIn } from './start-in.ts';

/** What the environment and the command line ask for. */
export interface WantedSystems {
  readonly proxy: boolean;
  readonly flagsmith: boolean;
  readonly edge: PreparedEdge | undefined;
}

/** Runs several systems in one process on one port until it is told to stop. */
export async function runShared(
  wanted: WantedSystems,
  environment: Environment,
  given?: { readonly fleet: Fleet; readonly begun: Begun },
): Promise<void> {
  const { edge } = wanted;
  const joined = given?.fleet ?? (await joinFleet(workersOf(environment)));
  const proxy = wanted.proxy ? await loadExtensions(createProxyConfig({}, environment), environment) : undefined;
  const fleet = given?.fleet ?? (await observed(joined, otlpTexts(environment), [proxy?.proxyBasePath ?? '']));
  const { server, address } = await orExit(badConfiguration, async () => {
    const flagsmith = wanted.flagsmith
      ? loadFlagsmithConfig(environment, fleet.primary === undefined ? console.log : () => {})
      : undefined;
    const address = sharedAddress({ proxy, flagsmith, edge }, environment);
    const server = await serveShared({ proxy, flagsmith, edge }, address, environment.FORWARDED_ALLOW_IPS, fleet);
    return { server, address };
  });
  const begun = given?.begun ?? stoppable(proxy?.shutdownTimeoutMs ?? 5_000, fleet);
  begun.close = () => server.close();
  if (proxy !== undefined) containLateErrors(proxy.logger);
  const start = async () => {
    const port = (await server.start()) ?? address.port;
    // Scripts wait for these lines. They say "listening", not "ready", and are printed at every log level.
    return [
      ...(edge === undefined ? [] : [edgeListens(port, edge.settings)]),
      ...(proxy === undefined ? [] : [`Unleash-proxy is listening on port ${port}!`]),
      ...(wanted.flagsmith ? ['Flagsmith Edge Proxy is served on the same port'] : []),
    ].join('\n');
  };
  await orExit(edge === undefined ? startFailed : badConfiguration, () => startIn(fleet, start));
}
