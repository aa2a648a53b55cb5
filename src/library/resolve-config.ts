import type { Environment } from '../config/option.ts';
import { createProxyConfig as resolveOptions } from '../config/proxy-config.ts';
import type { IProxyConfig, IProxyOption } from '../unleash/proxy/config-types.ts';
import { containLogger } from './contained-logger.ts';
import { loadExtensionsNow } from './load-extensions.ts';
import type { ProxyOptions } from './options.ts';

/**
 * Resolves options and environment into a complete configuration, extension files included. Values given in code win
 * over variables.
 *
 * Source: Unleash Proxy specification 5 and 7.
 *
 * @throws TypeError when the URL, the token or the keys are missing, in this order; Error when an extension file cannot
 * be found or used
 */
export function createProxyConfig(options: ProxyOptions = {}, environment: Environment = process.env): IProxyConfig {
  const { customStrategies, expCustomEnrichers, ...others } = options;
  const config = resolveOptions(others as IProxyOption, environment);
  return { ...config, ...loadExtensionsNow(customStrategies, expCustomEnrichers, environment) };
}

/** The same for running with: a logger from outside cannot do harm. */
export function createRunnableConfig(options: ProxyOptions): IProxyConfig {
  const { logger } = options;
  return createProxyConfig(logger ? { ...options, logger: containLogger(logger) } : options);
}
