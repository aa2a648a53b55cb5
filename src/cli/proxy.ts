import type { Environment } from '../config/option.ts';
import { createProxyConfig } from '../config/proxy-config.ts';
import { loadExtensions } from '../library/load-extensions.ts';
import { type Server, serveConfig } from '../library/serve.ts';
import { containLateErrors } from './late-errors.ts';
import { stopOnSignal } from './signals.ts';

/** Runs Unleash Proxy mode until the process is told to stop. */
export async function runProxy(environment: Environment): Promise<void> {
  const config = await loadExtensions(createProxyConfig({}, environment), environment);
  const server: Server = await serveConfig(config);
  // Scripts wait for this line. It says "listening", not "ready", and is printed at every log level.
  console.log(`Unleash-proxy is listening on port ${server.port ?? config.port}!`);
  containLateErrors(config.logger);
  stopOnSignal(() => server.close(), config.shutdownTimeoutMs);
}
