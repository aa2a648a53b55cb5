import type { ServerResponse } from 'node:http';
import type { HttpReply, ReplySink, ReplyStream } from '../types.ts';
import { watchPeer } from './process-peers.ts';

/** The system probes connections that were silent for this long, so that vanished clients are noticed. */
const probeAfterMs = 15_000;

/** Sends a stream with Node. */
export function sendNodeStream(response: ServerResponse, reply: HttpReply, stream: ReplyStream): void {
  if (response.destroyed || response.req.method === 'HEAD') {
    response.writeHead(reply.status, reply.headers).end();
    stream.closed();
    return;
  }
  const { socket } = response;
  socket?.setKeepAlive(true, probeAfterMs);
  socket?.setNoDelay(true);
  socket?.setTimeout(0);
  let closed = false;
  const close = () => {
    if (closed) return;
    closed = true;
    stream.closed();
  };
  response.on('drain', () => {
    if (!closed) stream.drained();
  });
  // Not before the end of the connection: what was written last may wait for a client that is gone.
  const unwatch = watchPeer(socket?.remoteAddress, socket?.remotePort, socket?.localPort, () => response.destroy());
  response.on('close', () => {
    unwatch();
    close();
  });
  response.on('error', close);
  const sink: ReplySink = {
    write: (bytes) => !closed && response.write(bytes),
    end() {
      if (closed) return;
      response.end();
      close();
    },
    abort() {
      if (closed) return;
      response.destroy();
      close();
    },
  };
  response.writeHead(reply.status, reply.headers);
  response.flushHeaders();
  stream.opened(sink);
}
