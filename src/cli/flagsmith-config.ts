import { writeFileSync } from 'node:fs';
import type { Environment } from '../config/option.ts';
import { renderConfig } from '../flagsmith/config/edge-proxy-config.ts';
import { type FlagsmithConfig, readConfig } from '../flagsmith/config/read-config.ts';
import { configPath, FlagsmithConfigError, readText } from './asks-for-flagsmith.ts';

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
