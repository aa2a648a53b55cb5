import type { IncomingMessage } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import { Connection } from '../wire/connection.ts';
import type { Connections } from '../wire/connections.ts';
import type { WireRequest } from '../wire/wire-request.ts';
import { nodeNative } from './node-native.ts';
import { isSocketPath, listenInPlace, listenTarget } from './socket-path.ts';
import { createConnections, drainConnections, SocketWire } from './socket-wire.ts';
import type { Listen, Listening, ListenOptions } from './types.ts';

const nothing = Buffer.alloc(0);

/** Listens on Node with our own reading and writing of HTTP: a small reply takes a third of what it takes with Node's. */
export const listenOnNodeSockets: Listen = async (handler, options) => {
  const connections = createConnections(handler, options);
  const { onError } = options;
  const take = (socket: Socket) => serve(socket, connections);
  let server: Server | undefined;
  let port: number | undefined;
  if (options.connections === undefined) {
    server = await listenInPlace(options.port, () => open(take, options));
    server.on('error', (error) => onError?.(error));
    const address = server.address();
    port = typeof address === 'object' && address !== null ? address.port : undefined;
  } else {
    options.connections(take);
    port = isSocketPath(options.port) ? undefined : Number(options.port);
  }
  const listening: Listening = {
    port,
    async close(graceMs) {
      if (server?.listening) server.close();
      await connections.close(graceMs);
    },
    drain(limitMs) {
      if (server?.listening) server.close();
      return drainConnections(connections, limitMs);
    },
  };
  return listening;
};

function open(take: (socket: Socket) => void, { port, host }: ListenOptions): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer({ noDelay: true, allowHalfOpen: true }, take);
    server.once('error', reject);
    server.listen(listenTarget(port, host), () => {
      server.off('error', reject);
      resolve(server);
    });
  });
}

function serve(socket: Socket, connections: Connections): void {
  const wire = new NodeWire(socket, () => connection.drained());
  const connection = new Connection(wire, connections, wire);
  connections.add(connection);
  socket.on('data', (bytes: Buffer) => connection.received(bytes));
  socket.on('drain', wire.taken);
  socket.on('end', () => connection.ended());
  socket.on('close', () => connection.closed());
  // What went wrong is said by the end that follows.
  socket.on('error', () => undefined);
}

class NodeWire extends SocketWire<Socket> {
  /** Something that waited may be with the system now. */
  readonly taken: () => void;

  constructor(socket: Socket, drained: () => void) {
    super(socket);
    this.taken = () => {
      if (socket.writableLength === 0) drained();
    };
  }

  native(request: WireRequest): IncomingMessage {
    return nodeNative(request, this.socket);
  }

  /** By the socket itself a piece waits as a whole until all of it is taken; its handle knows better. */
  get waitingBytes(): number {
    const { _handle: handle } = this.socket as { _handle?: { readonly writeQueueSize?: number } | null };
    return handle?.writeQueueSize ?? this.socket.writableLength;
  }

  send(bytes: Uint8Array): boolean {
    const isLittle = this.socket.write(bytes);
    if (this.socket.writableLength === 0) return true;
    // Where little waits Node does not say when it is gone, unless it is asked to.
    if (isLittle) this.socket.write(nothing, this.taken);
    return false;
  }

  end(): void {
    // Behind the end Node says only in this way that everything is gone.
    this.socket.end(this.taken);
  }

  close(): void {
    this.socket.destroy();
  }

  destroy(): void {
    this.socket.destroy();
  }
}
