import { createRequire } from 'node:module';
import { resolve as resolvePath } from 'node:path';
import type { Environment } from '../config/option.ts';
import type { IProxyConfig } from '../unleash/proxy/config-types.ts';

export async function loadExtensions(config: IProxyConfig, environment: Environment): Promise<IProxyConfig> {
  const load = createRequire(resolvePath('halyard-extensions.js'));
  const strategies = environment.UNLEASH_CUSTOM_STRATEGIES_FILE;
  const enrichers = environment.EXP_CUSTOM_ENRICHERS_FILE;
  return {
    ...config,
    customStrategies: strategies ? load(resolvePath(strategies)) : undefined,
    expCustomEnrichers: enrichers ? load(resolvePath(enrichers)) : undefined,
  };
}
