import { createServer, type Server, type Socket } from 'node:net';
import { Connection } from '../wire/connection.ts';
import { Connections } from '../wire/connections.ts';
import type { Wire } from '../wire/wire.ts';
import type { Peer } from '../wire/wire-request.ts';
import { Drain } from './drain.ts';
import { nodeNative } from './node-native.ts';
import { isSocketPath, listenInPlace } from './socket-path.ts';
import type { Listen, Listening, ListenOptions } from './types.ts';

const nothing = Buffer.alloc(0);
/** What Node's own server has, too. */
const usualKeepAliveMs = 5_000;

/** Listens on Node with our own reading and writing of HTTP: a small reply takes a third of what it takes with Node's. */
export const listenOnNodeSockets: Listen = async (handler, options) => {
  const { headTimeoutMs, keepAliveTimeoutMs = usualKeepAliveMs, onError } = options;
  const connections = new Connections({
    handler,
    keepAliveTimeoutMs,
    headTimeoutMs,
    onError,
    elapsedMs: () => performance.now(),
    every(ms, run) {
      const timer = setInterval(run, ms).unref();
      return () => clearInterval(timer);
    },
  });
  const drain = new Drain();
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
      connections.isLeaving = true;
      connections.onRequest = () => drain.touched();
      return drain.start(limitMs);
    },
  };
  return listening;
};

function open(take: (socket: Socket) => void, { port, host }: ListenOptions): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer({ noDelay: true, allowHalfOpen: true }, take);
    server.once('error', reject);
    const listening = () => {
      server.off('error', reject);
      resolve(server);
    };
    if (isSocketPath(port)) server.listen(String(port), listening);
    else if (host === undefined) server.listen(Number(port), listening);
    else server.listen(Number(port), host, listening);
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

class NodeWire implements Wire, Peer {
  readonly native = nodeNative;
  /** Something that waited may be with the system now. */
  readonly taken: () => void;
  readonly #socket: Socket;
  /** Asked for once: after the end of a connection Node no longer knows. */
  #address: string | undefined;

  constructor(socket: Socket, drained: () => void) {
    this.#socket = socket;
    this.taken = () => {
      if (socket.writableLength === 0) drained();
    };
  }

  get remoteAddress(): string | undefined {
    this.#address ??= this.#socket.remoteAddress;
    return this.#address;
  }

  /** By the socket itself a piece waits as a whole until all of it is taken; its handle knows better. */
  get waitingBytes(): number {
    const { _handle: handle } = this.#socket as { _handle?: { readonly writeQueueSize?: number } | null };
    return handle?.writeQueueSize ?? this.#socket.writableLength;
  }

  get remotePort(): number | undefined {
    return this.#socket.remotePort;
  }

  get localPort(): number | undefined {
    return this.#socket.localPort;
  }

  address(): string | undefined {
    return this.remoteAddress;
  }

  send(bytes: Uint8Array): boolean {
    const isLittle = this.#socket.write(bytes);
    if (this.#socket.writableLength === 0) return true;
    // Where little waits Node does not say when it is gone, unless it is asked to.
    if (isLittle) this.#socket.write(nothing, this.taken);
    return false;
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end(): void {
    // Behind the end Node says only in this way that everything is gone.
    this.#socket.end(this.taken);
  }

  close(): void {
    this.#socket.destroy();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  probe(afterMs: number): void {
    this.#socket.setKeepAlive(true, afterMs);
  }
}
