/** Deep import of the original: `…/dist/config`. */
export { sanitizeBasePath } from './config/proxy-config.ts';
export type { ProxyOptions as IProxyOption } from './library/options.ts';
export { createProxyConfig } from './library/resolve-config.ts';
export type { IProxyConfig, ServerSideSdkConfig } from './unleash/proxy/config-types.ts';
