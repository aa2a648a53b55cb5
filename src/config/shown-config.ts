import { shownUrl } from '../http/upstream/shown-url.ts';
import type { IProxyConfig } from '../unleash/proxy/config-types.ts';

const hidden = '***';

/**
 * A configuration as it may be logged: no token, no key, no password in a URL. Objects from outside appear by their
 * kind only, because nobody can tell what is in them.
 */
export function shownConfig(config: IProxyConfig): Record<string, unknown> {
  const {
    logger: _logger,
    preHook,
    storageProvider,
    bootstrap,
    httpOptions,
    operator,
    openFeature,
    fleet,
    ...shown
  } = config;
  return {
    ...shown,
    unleashUrl: shownUrl(config.unleashUrl),
    unleashApiToken: hidden,
    // GitLab authenticates by it.
    unleashInstanceId: hidden,
    clientKeys: config.clientKeys.map(() => hidden),
    serverSideSdkConfig: config.serverSideSdkConfig && { tokens: config.serverSideSdkConfig.tokens.map(() => hidden) },
    customStrategies: config.customStrategies?.map((strategy) => strategy?.name),
    expCustomEnrichers: config.expCustomEnrichers?.length,
    bootstrap: bootstrap && { url: bootstrap.url && shownUrl(bootstrap.url), filePath: bootstrap.filePath },
    httpOptions: httpOptions && { rejectUnauthorized: httpOptions.rejectUnauthorized },
    storageProvider: storageProvider && 'own',
    preHook: preHook && 'own',
    openFeature: openFeature && {
      ...openFeature,
      ofrepStreamSecret: openFeature.ofrepStreamSecret && hidden,
      ofrepStreamsExcept: openFeature.ofrepStreamsExcept.map(() => hidden),
    },
    fleet: fleet && { ...fleet, redisUrls: fleet.redisUrls.map(() => hidden) },
    operator: operator && { ...operator, tokens: operator.tokens.map(() => hidden) },
  };
}
