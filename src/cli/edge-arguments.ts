import {
  type CliOption,
  type CliOptions,
  type CliValues,
  resolveArguments,
  splitArguments,
} from '../config/command-line.ts';
import { checkOptions, edgeOptions, edgeRootOptions, offlineOptions } from '../config/edge-options.ts';
import type { Environment } from '../config/option.ts';
import type { EdgeServerSettings } from '../library/edge/assemble-edge.ts';

/** The commands of Unleash Edge and the flags that belong to them. */
export const edgeCommands = {
  edge: edgeOptions,
  offline: offlineOptions,
  health: checkOptions,
  ready: checkOptions,
} as const satisfies Readonly<Record<string, CliOptions>>;
export type EdgeCommand = keyof typeof edgeCommands;

function isEdgeCommand(word: string | undefined): word is EdgeCommand {
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
