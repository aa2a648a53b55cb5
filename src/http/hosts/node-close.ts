import type { Server } from 'node:http';
import type { Server as TlsServer } from 'node:https';
import type { Socket } from 'node:net';

/**
 * Prepares a Node server for a clean end. To be called before it accepts connections.
 *
 * @returns a function that stops accepting, lets open requests finish for up to `graceMs`, and then closes what is left
 */
export function closable(server: Server | TlsServer): (graceMs: number) => Promise<void> {
  // Node counts a connection that never sent a request as busy; on closing it would be waited for.
  const silent = new Set<Socket>();
  // With TLS, requests come over the socket that the handshake made, not over the one below it.
  server.on('setSecureContext' in server ? 'secureConnection' : 'connection', (socket: Socket) => {
    silent.add(socket);
    socket.once('close', () => silent.delete(socket));
  });
  server.on('request', (message) => silent.delete(message.socket));
  let open = 0;
  let onEmpty = () => {};
  server.on('connection', (socket: Socket) => {
    open++;
    socket.once('close', () => {
      if (--open === 0) onEmpty();
    });
  });
  return (graceMs) =>
    new Promise((resolve) => {
      const force = setTimeout(() => server.closeAllConnections(), graceMs);
      const finish = () => {
        clearTimeout(force);
        resolve();
      };
      // A server that listens no more, or never did by itself, has nothing but connections to close.
      if (server.listening) server.close(finish);
      else if (open === 0) finish();
      else onEmpty = finish;
      server.closeIdleConnections();
      for (const socket of silent) socket.destroy();
    });
}
