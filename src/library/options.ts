import type { Application } from 'express';
import type { CustomStrategyObject, IProxyOption } from '../unleash/proxy/config-types.ts';
import type { ContextEnricher } from '../unleash/proxy/enrichers.ts';
import type { Extensions } from './load-extensions.ts';

/**
 * Options in code, under the names of the original; all of them may be left out. What is not given comes from the
 * environment.
 *
 * Source: Unleash Proxy specification 5, 7 and 8.
 */
export interface ProxyOptions extends Omit<IProxyOption, 'customStrategies' | 'expCustomEnrichers' | 'preHook'> {
  /** Strategies, paths of modules that export lists of them, or both. */
  customStrategies?: Extensions<CustomStrategyObject>;
  /** Context enrichers, paths of modules that export lists of them, or both. */
  expCustomEnrichers?: Extensions<ContextEnricher>;
  /** Called with the Express application before anything of the API is attached to it. `createApp` and `start` only. */
  preHook?: (app: Application) => void;
}
