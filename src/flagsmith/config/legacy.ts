import type { ReportSetting } from './reader.ts';
import type { Environment } from './sources.ts';

/** How version 1.0 was configured: an admin token and client keys, no server keys (spec section 4.4). */
export interface LegacySettings {
  /** Without a trailing slash. */
  readonly apiUrl: string;
  readonly token: string;
  readonly clientKeys: readonly string[];
}

const variables = ['FLAGSMITH_API_URL', 'FLAGSMITH_API_TOKEN', 'ENVIRONMENT_API_KEYS'] as const;

/**
 * Reads the variables of version 1.0; null when none of them is set. Some but not all of them is a mistake worth
 * telling, because later versions of the original ignored them silently.
 */
export function readLegacySettings(environment: Environment, report: ReportSetting): LegacySettings | null {
  const [apiUrl = '', token = '', keys = ''] = variables.map((name) => environment[name]?.trim());
  if (apiUrl === '' && token === '' && keys === '') return null;
  for (const [i, text] of [apiUrl, token, keys].entries()) {
    if (text === '')
      report(variables[i]!, `is needed together with ${variables.filter((_, j) => j !== i).join(' and ')}`);
  }
  const clientKeys = keys.split(',').map((key) => key.trim());
  return { apiUrl: apiUrl.replace(/\/+$/, ''), token, clientKeys: clientKeys.filter((key) => key !== '') };
}
