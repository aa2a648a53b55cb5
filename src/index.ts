/**
 * The library. `createApp`, `start`, `Client` and `createProxyConfig` are those of `@unleash/proxy`; `serve` and
 * `createFetchHandler` are Halyard's own.
 *
 * Source: Unleash Proxy specification 7.
 */

export type { Logger } from './flags/logger.ts';
export type { CorsOptions, CorsOptionsFunction } from './http/cors.ts';
export type { ProxyHandle } from './library/answering.ts';
export { BuiltInClient } from './library/built-in-client.ts';
export { Client, type MetricsLike, type UnleashLike } from './library/client.ts';
export type {
  ClientContext,
  FeatureToggleStatus,
  IClient,
  IMetrics,
  ToggleVariant,
} from './library/client-types.ts';
export { createApp, type ExpressApplication, type ProxyApplication } from './library/create-app.ts';
export { Strategy } from './library/extensions/unleash-client.ts';
export { createFetchHandler, type FetchHandler, type FetchHandlerOptions } from './library/fetch-handler.ts';
export type { Extensions } from './library/load-extensions.ts';
export type { ProxyOptions, ProxyOptions as IProxyOption } from './library/options.ts';
export { createProxyConfig } from './library/resolve-config.ts';
export { type ServeOptions, type Server, serve } from './library/serve.ts';
export { type StartedApplication, start } from './library/start.ts';
export type {
  BootstrapOptions,
  CustomStrategyObject,
  HttpOptions,
  IProxyConfig,
  ServerSideSdkConfig,
  StorageProvider,
} from './unleash/proxy/config-types.ts';
export type { ContextEnricher, EnricherContext } from './unleash/proxy/enrichers.ts';
