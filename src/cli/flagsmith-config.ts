import { readFileSync, writeFileSync } from 'node:fs';
import type { Environment } from '../config/option.ts';
import { renderConfig } from '../flagsmith/config/edge-proxy-config.ts';
import { type FlagsmithConfig, readConfig } from '../flagsmith/config/read-config.ts';

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
function configPath(environment: Environment): string {
  return environment.CONFIG_PATH || 'config.json';
}

/**
 * True when the environment asks for Flagsmith: by a variable, or by a `config.json` in the working directory that names
 * key pairs. Other programs have files of this name, too.
 */
export function asksForFlagsmith(environment: Environment): boolean {
  if (variables.some((name) => environment[name] || environment[name.toLowerCase()])) return true;
  return readText(configPath(environment))?.includes('"environment_key_pairs"') ?? false;
}

/**
 * Reads the configuration and says, as the original does, whether there is a file.
 *
 * @throws FlagsmithConfigError
 */
export function loadFlagsmithConfig(environment: Environment, print = console.log): FlagsmithConfig {
  const path = configPath(environment);
  const text = readText(path);
  print(text === null ? `Configuration file ${path} not found` : `Loaded configuration from ${path}`);
  const result = readConfig(text, environment);
  if (!result.ok)
    throw new FlagsmithConfigError(['the configuration cannot be used:', ...result.problems].join('\n  '));
  return result.config;
}

/**
 * `render-config`: prints and writes the defaults, unless there is a file already, which stays (spec section 4.7).
 *
 * @throws FlagsmithConfigError where it cannot be written; it is printed all the same
 */
export function writeDefaultConfig(environment: Environment): void {
  const path = configPath(environment);
  if (readText(path) !== null) {
    console.error(`halyard: ${path} exists already and was left as it is`);
    return;
  }
  const text = renderConfig();
  process.stdout.write(text);
  try {
    writeFileSync(path, text, { flag: 'wx' });
  } catch (error) {
    throw new FlagsmithConfigError(`${path} cannot be written, only printed: ${(error as Error).message}`);
  }
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return null;
    throw new FlagsmithConfigError(`${path} cannot be read: ${(error as Error).message}`);
  }
}
