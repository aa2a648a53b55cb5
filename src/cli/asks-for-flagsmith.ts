import { readFileSync } from 'node:fs';
import type { Environment } from '../config/option.ts';

/** The configuration cannot be used. The message names every problem and holds no key. */
export class FlagsmithConfigError extends Error {
  override readonly name = 'FlagsmithConfigError';
}

const variables = [
  'ENVIRONMENT_KEY_PAIRS',
  'CONFIG_PATH',
  'FLAGSMITH_API_URL',
  'FLAGSMITH_API_TOKEN',
  'ENVIRONMENT_API_KEYS',
  'HALYARD_FLAGSMITH_PROXY_KEY',
];

/** Where the original looks for its configuration file. */
export function configPath(environment: Environment): string {
  return environment.CONFIG_PATH || 'config.json';
}

/** What only a configuration of key pairs holds: also where the list of them is misspelt, which reading it then tells. */
const keyPairs = /"(?:environment_key_pairs|server_side_key)"/;

/**
 * True when the environment asks for Flagsmith: by a variable, or by a `config.json` in the working directory that names
 * key pairs. Other programs have files of this name, too.
 */
export function asksForFlagsmith(environment: Environment): boolean {
  if (variables.some((name) => environment[name] || environment[name.toLowerCase()])) return true;
  const text = readText(configPath(environment));
  return text !== null && keyPairs.test(text);
}

/** The text of a configuration file; null where there is none. @throws FlagsmithConfigError where it cannot be read */
export function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return null;
    throw new FlagsmithConfigError(`${path} cannot be read: ${(error as Error).message}`);
  }
}
