import {
  ArgumentError,
  type CliOption,
  type CliOptions,
  type CliValues,
  resolveArguments,
  splitArguments,
} from '../config/command-line.ts';
import { checkOptions, edgeOptions, edgeRootOptions, offlineOptions } from '../config/edge-options.ts';
import type { Environment } from '../config/option.ts';
import type { EdgeServerSettings } from '../library/edge/assemble-edge.ts';
import { type PreparedEdge, servePrepared } from '../library/edge/prepared-edge.ts';
import { prepareEdge } from '../library/edge/serve-edge.ts';
import { prepareOffline } from '../library/edge/serve-offline.ts';
import { checkHealth, checkReady } from './check.ts';
import { edgeHelp, edgeMarkdownHelp } from './edge-help.ts';
import { printEdgeListens } from './edge-listens.ts';
import { asksForFlagsmith } from './flagsmith-config.ts';
import { asksForProxyBesideEdge } from './mode.ts';
import { stopOnSignal } from './signals.ts';

/** The commands of Unleash Edge and the flags that belong to them. */
export const edgeCommands = {
  edge: edgeOptions,
  offline: offlineOptions,
  health: checkOptions,
  ready: checkOptions,
} as const satisfies Readonly<Record<string, CliOptions>>;
export type EdgeCommand = keyof typeof edgeCommands;

export function isEdgeCommand(word: string | undefined): word is EdgeCommand {
  return word !== undefined && Object.hasOwn(edgeCommands, word);
}

const rootOptions: readonly CliOption<unknown>[] = Object.values(edgeRootOptions);
const globalOptions = rootOptions.filter((option) => option.global);

/** A command line of Edge, split at its command. */
export interface EdgeCommandLine {
  readonly command: EdgeCommand;
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/**
 * Finds the command of Edge in arguments that may start with flags of the server, such as `-p 3063 edge …`.
 *
 * @returns undefined when there is none
 */
export function findEdgeCommand(args: readonly string[]): EdgeCommandLine | undefined {
  for (let i = 0; i < args.length; i++) {
    const argument = args[i] as string;
    if (isEdgeCommand(argument)) return { command: argument, before: args.slice(0, i), after: args.slice(i + 1) };
    if (!argument.startsWith('-')) return undefined;
    const option = rootOptions.find(({ flag, short }) => flag === argument || short === argument);
    if (option !== undefined && option.arity !== 'switch') i++;
  }
  return undefined;
}

/**
 * Splits and resolves a command line. Flags of the server stand in front of the command, global ones anywhere.
 *
 * @throws ArgumentError
 */
export function readEdgeArguments<Command extends EdgeCommand>(
  { command, before, after }: EdgeCommandLine & { readonly command: Command },
  environment: Environment,
): { readonly server: EdgeServerSettings; readonly settings: CliValues<(typeof edgeCommands)[Command]> } {
  const own: CliOptions = edgeCommands[command];
  const first = splitArguments(before, rootOptions);
  // A letter that the command uses itself is not the global flag's there.
  const letters = new Set(Object.values(own).map(({ short }) => short));
  const anywhere = globalOptions.map((option) =>
    letters.has(option.short) ? { ...option, short: undefined } : option,
  );
  const second = splitArguments(after, [...Object.values(own), ...anywhere]);
  const texts = new Map([...first.texts, ...second.texts]);
  const server = resolveArguments(edgeRootOptions, { texts }, environment);
  const settings = resolveArguments(own, { texts }, environment);
  return { server, settings: settings as CliValues<(typeof edgeCommands)[Command]> };
}

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
      return runUntilStopped(await prepareEdge(server, settings), environment);
    }
    case 'offline': {
      const { server, settings } = readEdgeArguments({ ...line, command }, environment);
      return runUntilStopped(await prepareOffline(server, settings), environment);
    }
    default: {
      const { settings } = readEdgeArguments({ ...line, command }, environment);
      await (command === 'health' ? checkHealth : checkReady)(settings.edgeUrl, settings.caCertificateFile);
      process.exit(0);
    }
  }
}

/** Alone, or beside the other systems that the environment asks for. */
async function runUntilStopped(edge: PreparedEdge, environment: Environment): Promise<void> {
  const others = { proxy: asksForProxyBesideEdge(environment), flagsmith: asksForFlagsmith(environment) };
  if (others.proxy || others.flagsmith) {
    const { runShared } = await import('./shared.ts');
    return runShared({ ...others, edge }, environment);
  }
  const server = await servePrepared(edge);
  const { port, shutdownTimeoutMs } = edge.settings;
  printEdgeListens(server.port ?? port, edge.settings);
  stopOnSignal(() => server.close(), shutdownTimeoutMs);
}

function print(text: string): void {
  console.log(text);
}
