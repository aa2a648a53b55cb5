import type { Listen } from './types.ts';

/**
 * Listens on this runtime: with our own HTTP on its sockets, and with its own HTTP server for TLS and where
 * `HALYARD_HTTP=runtime` says so. What is not in use is not even loaded: the other runtime's server is 3 MB on Bun.
 */
export const listen: Listen = async (handler, options) => {
  const isOwn = options.tls === undefined && process.env.HALYARD_HTTP !== 'runtime';
  if (typeof Bun === 'undefined') {
    if (isOwn) return (await import('./wire-node.ts')).listenOnNodeSockets(handler, options);
    return (await import('./node.ts')).listenOnNode(handler, options);
  }
  if (isOwn) return (await import('./wire-bun.ts')).listenOnBunSockets(handler, options);
  return (await import('./bun.ts')).listenOnBun(handler, options);
};
