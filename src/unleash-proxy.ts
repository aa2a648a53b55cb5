/** Deep import of the original: `…/dist/unleash-proxy`. */
export { RouterProxy as default } from './library/router-proxy.ts';
