/** Deep import of the original: `require('…/dist/app').createApp`. */
export { createApp, type ExpressApplication, type ProxyApplication } from './library/create-app.ts';
export type { ProxyOptions as IProxyOption } from './library/options.ts';
