export { serve, type Server, type ServeOptions } from './library/serve.ts';
export { createProxyConfig } from './config/proxy-config.ts';
export type { IProxyConfig, IProxyOption } from './unleash/proxy/config-types.ts';
