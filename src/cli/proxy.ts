import type { Environment } from '../config/option.ts';
import { otlpTexts } from '../config/otlp-options.ts';
import { createProxyConfig } from '../config/proxy-config.ts';
import { readWorkers } from '../config/workers.ts';
import { joinFleet } from '../fleet/join-fleet.ts';
import { loadExtensions } from '../library/load-extensions.ts';
import { type Server, serveConfig } from '../library/serve.ts';
import { containLateErrors } from './late-errors.ts';
import { observed } from './observed.ts';
import { stoppable } from './signals.ts';
import { startIn } from './start-in.ts';

/** Runs Unleash Proxy mode until the process is told to stop. */
export async function runProxy(environment: Environment): Promise<void> {
  const config = await loadExtensions(createProxyConfig({}, environment), environment);
  const joined = await joinFleet(readWorkers(environment.WORKERS));
  const fleet = await observed(joined, otlpTexts(environment), [config.proxyBasePath]);
  fleet.logTo(config.logger);
  const begun = stoppable(config.shutdownTimeoutMs, fleet);
  await startIn(fleet, async () => {
    const server: Server = await serveConfig(config, undefined, fleet);
    containLateErrors(config.logger);
    begun.close = () => server.close();
    // Scripts wait for this line. It says "listening", not "ready", and is printed at every log level.
    return `Unleash-proxy is listening on port ${server.port ?? config.port}!`;
  });
}
