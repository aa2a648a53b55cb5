import type { Environment } from '../config/option.ts';
import { otlpTexts } from '../config/otlp-options.ts';
import { createProxyConfig } from '../config/proxy-config.ts';
import { readWorkers } from '../config/workers.ts';
import { joinFleet } from '../fleet/join-fleet.ts';
import { type FileEvents, serveFile } from '../library/serve-file.ts';
import { isBinary, shippedFile } from '../library/shipped-files.ts';
import type { IProxyConfig } from '../unleash/proxy/config-types.ts';
import { demoKey, demoOperatorToken, demoServerToken, demoText } from './demo-text.ts';
import { UsageError } from './mode.ts';
import { observed } from './observed.ts';
import { stoppable } from './signals.ts';
import { startIn } from './start-in.ts';

const bundledFlags = shippedFile('demo/flags.json');

/**
 * Serves the bundled flags until the process is told to stop, with every endpoint switched on and no upstream. Other
 * variables, such as `PORT` and `PROXY_BASE_PATH`, count as usual.
 *
 * @throws UsageError when the port is taken
 */
export async function runDemo(environment: Environment, file = bundledFlags): Promise<void> {
  const chosen = createProxyConfig(
    {
      // Required by the mode and never used: the demo asks nobody.
      unleashUrl: 'http://demo.invalid/api',
      unleashApiToken: 'none',
      unleashAppName: 'halyard-demo',
      clientKeys: [demoKey],
      expServerSideSdkConfig: { tokens: [demoServerToken] },
      enableOAS: true,
      enableAllEndpoint: true,
    },
    environment,
  );
  // Explanations need a token: the demo shows them to everybody, as it does everything else.
  const { tokens, access } = chosen.operator;
  const operator = { tokens: tokens.length > 0 ? tokens : [demoOperatorToken], access };
  const config: IProxyConfig = { ...chosen, operator };
  const joined = await joinFleet(readWorkers(environment.WORKERS));
  const fleet = await observed(joined, otlpTexts(environment), [config.proxyBasePath]);
  fleet.logTo(config.logger);
  const begun = stoppable(config.shutdownTimeoutMs, fleet);
  const events: FileEvents = {
    onReload: (flagCount) => console.log(`${file} has changed: ${flagCount} flags`),
    onProblem: (error) =>
      console.error(`${file} cannot be used (${messageOf(error)}). Still serving what it held before.`),
  };
  await startIn(fleet, async () => {
    const server = await serveFile(config, file, events, fleet);
    begun.close = () => server.close();
    return demoText(config, server.port, server.flagCount(), isBinary ? undefined : file);
  }).catch((error) => {
    throw explain(error, config, environment);
  });
}

/** A taken port is nothing to show a stack for. */
function explain(error: unknown, { port }: IProxyConfig, environment: Environment): unknown {
  if ((error as { code?: unknown }).code !== 'EADDRINUSE') return error;
  const chosen = environment.PORT || environment.PROXY_PORT;
  const advice = chosen ? 'Choose another one with PORT' : 'Choose one with PORT, for example PORT=3001 npm start';
  return new UsageError(`port ${port} is already in use. ${advice}`);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
