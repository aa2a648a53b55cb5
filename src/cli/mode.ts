import type { Environment } from '../config/option.ts';

/** What Halyard can run as. */
export const modes = ['proxy', 'demo'] as const;
export type Mode = (typeof modes)[number];

/** The command line or the environment asks for something that does not exist. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export function isMode(command: string): command is Mode {
  return (modes as readonly string[]).includes(command);
}

const proxyVariables = ['UNLEASH_URL', 'UNLEASH_API_TOKEN', 'UNLEASH_PROXY_CLIENT_KEYS', 'UNLEASH_PROXY_SECRETS'];

/** Variables of systems that this version does not replace yet. Ignoring them would serve the demo in production. */
const laterVariables: readonly [variable: string, system: string][] = [
  ['ENVIRONMENT_KEY_PAIRS', 'Flagsmith Edge Proxy'],
  ['ENVIRONMENT_API_KEYS', 'Flagsmith Edge Proxy'],
  ['CONFIG_PATH', 'Flagsmith Edge Proxy'],
];

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
  return Boolean(environment.UPSTREAM_URL) && !proxyVariables.some((variable) => environment[variable]);
}

/**
 * The mode that the environment asks for: the variables of Unleash Proxy select that, nothing at all the demo.
 *
 * @throws UsageError for the variables of a system that this version cannot replace
 */
export function chooseMode(environment: Environment): Mode {
  if (proxyVariables.some((variable) => environment[variable])) return 'proxy';
  for (const [variable, system] of laterVariables) {
    if (environment[variable]) {
      throw new UsageError(`${variable} is set, but this version of Halyard does not replace ${system} yet`);
    }
  }
  return 'demo';
}
