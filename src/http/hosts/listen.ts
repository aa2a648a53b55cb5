import type { Listen } from './types.ts';

/** Listens with the server of the runtime that this runs on. The other one is not even loaded: it is 3 MB on Bun. */
export const listen: Listen = async (handler, options) => {
  if (typeof Bun === 'undefined') return (await import('./node.ts')).listenOnNode(handler, options);
  return (await import('./bun.ts')).listenOnBun(handler, options);
};
