import { ArgumentError } from '../config/command-line.ts';
import { type Environment, resolve } from '../config/option.ts';
import { proxyOptions } from '../config/proxy-options.ts';
import type { Fleet } from '../fleet/fleet.ts';
import { joinFleet } from '../fleet/join-fleet.ts';
import type { EdgeServerSettings } from '../library/edge/assemble-edge.ts';
import { type PreparedEdge, servePrepared } from '../library/edge/prepared-edge.ts';
import { prepareEdge } from '../library/edge/serve-edge.ts';
import { prepareOffline } from '../library/edge/serve-offline.ts';
import { asksForFlagsmith } from './asks-for-flagsmith.ts';
import { type EdgeCommandLine, readEdgeArguments } from './edge-arguments.ts';
import { edgeHelp, edgeMarkdownHelp } from './edge-help.ts';
import { edgeListens } from './edge-listens.ts';
import { asksForProxyBesideEdge } from './mode.ts';
import { observed } from './observed.ts';
import { type Begun, stoppable } from './signals.ts';
import { startIn } from './start-in.ts';

/** Runs one command of Edge. Ends the process when there is nothing to serve, or it cannot be done. */
export async function runEdgeCommand(line: EdgeCommandLine, environment: Environment): Promise<void> {
  const words = [...line.before, ...line.after];
  if (words.includes('--markdown-help')) return print(edgeMarkdownHelp());
  if (words.includes('--help') || words.includes('-h')) return print(edgeHelp(line.command));
  try {
    await execute(line, environment);
  } catch (error) {
    if (error instanceof ArgumentError) {
      console.error(`error: ${error.message}\n\nFor more information, try '--help'.`);
      process.exit(2);
    }
    console.error(`Error: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(1);
  }
}

async function execute(line: EdgeCommandLine, environment: Environment): Promise<void> {
  const { command } = line;
  switch (command) {
    case 'edge': {
      const { server, settings } = readEdgeArguments({ ...line, command }, environment);
      const fleet = await joinObserved(server, environment);
      const begun = stoppable(server.shutdownTimeoutMs, fleet);
      const edge = await prepareEdge(withoutShadowed(server, environment), settings, fleet);
      return runUntilStopped(edge, environment, fleet, begun);
    }
    case 'offline': {
      const { server, settings } = readEdgeArguments({ ...line, command }, environment);
      const fleet = await joinObserved(server, environment);
      const begun = stoppable(server.shutdownTimeoutMs, fleet);
      const edge = await prepareOffline(withoutShadowed(server, environment), settings, fleet);
      fleet.logTo(edge.logger);
      return runUntilStopped(edge, environment, fleet, begun);
    }
    default: {
      const { checkHealth, checkReady } = await import('./check.ts');
      const { edgeServer, firstProcessArguments, localServer } = await import('./local-server.ts');
      const { edgeUrl, caCertificateFile } = readEdgeArguments({ ...line, command }, environment).settings;
      const server = edgeUrl === undefined ? localServer(firstProcessArguments(), environment) : edgeServer(edgeUrl);
      await (command === 'health' ? checkHealth : checkReady)(server, caCertificateFile);
      process.exit(0);
    }
  }
}

/** Edge's settings say what is exported, and the base path of an Unleash Proxy beside it counts, too. */
async function joinObserved(server: EdgeServerSettings, environment: Environment): Promise<Fleet> {
  const texts = { ...server, otlpEndpoint: server.otlpEndpoint ?? server.otelEndpoint };
  const ofProxy = resolve(proxyOptions.proxyBasePath, undefined, environment, () => {}) ?? '';
  return observed(await joinFleet(server.workers), texts, [server.basePath, ofProxy]);
}

/** A whole Unleash Proxy beside Edge answers below `/proxy` itself, to the same keys. */
function withoutShadowed(server: EdgeServerSettings, environment: Environment): EdgeServerSettings {
  return asksForProxyBesideEdge(environment) ? { ...server, proxyClientKeys: [] } : server;
}

/** Alone, or beside the other systems that the environment asks for. */
async function runUntilStopped(
  edge: PreparedEdge,
  environment: Environment,
  fleet: Fleet,
  begun: Begun,
): Promise<void> {
  const others = { proxy: asksForProxyBesideEdge(environment), flagsmith: asksForFlagsmith(environment) };
  if (others.proxy || others.flagsmith) {
    const { runShared } = await import('./shared.ts');
    return runShared({ ...others, edge }, environment, { fleet, begun });
  }
  await startIn(fleet, async () => {
    const server = await servePrepared(edge, fleet);
    begun.close = () => server.close();
    return edgeListens(server.port ?? edge.settings.port, edge.settings);
  });
}

function print(text: string): void {
  console.log(text);
}
