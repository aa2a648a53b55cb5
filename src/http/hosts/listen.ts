import type { Listen } from './types.ts';

/**
 * Listens on this runtime: with Halyard's own HTTP on its sockets, or with its HTTP server where TLS or the options ask for
 * that. What is not in use is not even loaded: the other runtime's server is 3 MB on Bun.
 */
export const listen: Listen = async (handler, options) => {
  const isOwn = options.tls === undefined && options.http !== 'runtime';
  if (typeof Bun === 'undefined') {
    if (isOwn) return (await import('./wire-node.ts')).listenOnNodeSockets(handler, options);
    return (await import('./node.ts')).listenOnNode(handler, options);
  }
  if (isOwn) return (await import('./wire-bun.ts')).listenOnBunSockets(handler, options);
  return (await import('./bun.ts')).listenOnBun(handler, options);
};
