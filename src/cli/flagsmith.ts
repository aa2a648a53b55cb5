import type { Environment } from '../config/option.ts';
import { createProxyConfig } from '../config/proxy-config.ts';
import { createSharedServer } from '../library/flagsmith/serve-both.ts';
import { createFlagsmithServer, flagsmithStopLimitMs } from '../library/flagsmith/serve-flagsmith.ts';
import { loadExtensions } from '../library/load-extensions.ts';
import { FlagsmithConfigError, loadFlagsmithConfig } from './flagsmith-config.ts';
import { stopOnSignal } from './signals.ts';

/** Exit codes of the original: a bad configuration or an address that cannot be used, and a start that failed. */
const badConfiguration = 1;
const startFailed = 3;

/** Runs Flagsmith mode until the process is told to stop. */
export async function runFlagsmith(environment: Environment): Promise<void> {
  const server = await orExit(badConfiguration, async () => {
    const config = loadFlagsmithConfig(environment);
    warnOfWorkers(environment);
    return createFlagsmithServer(config, environment.FORWARDED_ALLOW_IPS);
  });
  // Before the start: a process that is asked to stop while upstream does not answer stops.
  stopOnSignal(() => server.close(), flagsmithStopLimitMs);
  await orExit(startFailed, () => server.start());
}

/** Runs Unleash Proxy and Flagsmith in one process on one port until it is told to stop. */
export async function runBoth(environment: Environment): Promise<void> {
  const proxy = await loadExtensions(createProxyConfig({}, environment), environment);
  const { server, listenOn } = await orExit(badConfiguration, async () => {
    const config = loadFlagsmithConfig(environment);
    warnOfWorkers(environment);
    const own = config.edgeProxy.server;
    const listenOn = {
      // A port that somebody chose counts, Unleash Proxy's first; its default is the default.
      port: environment.PORT || environment.PROXY_PORT || own.port === 8000 ? proxy.port : own.port,
      host: proxy.host ?? (own.host === '0.0.0.0' ? undefined : own.host),
    };
    return { server: await createSharedServer(proxy, config, listenOn, environment.FORWARDED_ALLOW_IPS), listenOn };
  });
  stopOnSignal(() => server.close(), proxy.shutdownTimeoutMs);
  await orExit(startFailed, async () => {
    const port = await server.start();
    console.log(`Unleash-proxy is listening on port ${port ?? listenOn.port}!`);
    console.log(`Flagsmith Edge Proxy is served on the same port`);
  });
}

async function orExit<Result>(code: number, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    const { message, code: system } = error as { message?: string; code?: unknown };
    console.error(error instanceof FlagsmithConfigError ? message : `Error: ${message ?? String(error)}`);
    process.exit(system === undefined ? code : badConfiguration);
  }
}

function warnOfWorkers({ WEB_CONCURRENCY: workers }: Environment): void {
  if (Number(workers) > 1) console.error(`WEB_CONCURRENCY=${workers}: this version serves from one process`);
}
