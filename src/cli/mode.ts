import type { Environment } from '../config/option.ts';
import { asksForFlagsmith } from './asks-for-flagsmith.ts';

/** What Halyard can run as. */
export const modes = ['proxy', 'flagsmith', 'render-config', 'demo'] as const;
export type Mode = (typeof modes)[number];

/** The command line or the environment asks for something that does not exist. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** What the image of Flagsmith Edge Proxy has for commands, as definitions of containers may name them. */
const commandsOfFlagsmith: ReadonlyMap<string, Mode> = new Map([
  ['edge-proxy-serve', 'flagsmith'],
  ['edge-proxy-render-config', 'render-config'],
]);

/** The mode that a command names; undefined for other words. */
export function modeOf(command: string): Mode | undefined {
  return modes.find((mode) => mode === command) ?? commandsOfFlagsmith.get(command);
}

const isMode = (word: string): boolean => modeOf(word) !== undefined;

const keyVariables = ['UNLEASH_PROXY_CLIENT_KEYS', 'UNLEASH_PROXY_SECRETS'];
const proxyVariables = ['UNLEASH_URL', 'UNLEASH_API_TOKEN', ...keyVariables];

/** Commands of Unleash Edge, which have flags of their own. */
const edgeCommands = ['edge', 'offline', 'health', 'ready', '--markdown-help'];

/**
 * True for a command line of Unleash Edge, whose server flags may stand in front of the command; and without a
 * command, where the environment names an upstream for it.
 */
export function asksForEdge(args: readonly string[], environment: Environment): boolean {
  if (args.some((argument) => edgeCommands.includes(argument)) && !args.some(isMode)) return true;
  if (args.some((argument) => !argument.startsWith('-') || ['--help', '-h', '--version', '-V'].includes(argument))) {
    return false;
  }
  if (!environment.UPSTREAM_URL) return false;
  return givesKeys(environment) || !proxyVariables.some((variable) => environment[variable]);
}

/**
 * True when Unleash Proxy, with an upstream of its own, is to be served beside Unleash Edge: when it is given keys and
 * that upstream. With keys alone, Edge answers the paths of Unleash Proxy from its own definitions.
 */
export function asksForProxyBesideEdge(environment: Environment): boolean {
  return Boolean(environment.UNLEASH_URL) && givesKeys(environment);
}

function givesKeys(environment: Environment): boolean {
  return keyVariables.some((variable) => environment[variable]);
}

/**
 * The mode that the environment asks for: the variables of Unleash Proxy select that, those of Flagsmith Edge Proxy or
 * its `config.json` that, both of them one process for both, nothing at all the demo.
 */
export function chooseMode(environment: Environment): Mode | 'both' {
  const proxy = proxyVariables.some((variable) => environment[variable]);
  const flagsmith = asksForFlagsmith(environment);
  if (proxy && flagsmith) return 'both';
  return proxy ? 'proxy' : flagsmith ? 'flagsmith' : 'demo';
}
