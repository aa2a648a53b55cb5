import { rmSync } from 'node:fs';
import { Connection } from '../wire/connection.ts';
import type { Connections } from '../wire/connections.ts';
import { bunNative } from './bun-native.ts';
import { type BunAddress, openOnBun } from './bun-open.ts';
import { isSocketPath, listenInPlace } from './socket-path.ts';
import { createConnections, drainConnections, SocketWire } from './socket-wire.ts';
import type { Listen } from './types.ts';

interface Served {
  wire: BunWire;
  connection: Connection;
}

type BunSocket = Bun.Socket<Served>;

/** Listens on Bun with our own reading and writing of HTTP: a small reply takes two thirds of what it takes with Bun's. */
export const listenOnBunSockets: Listen = async (handler, options) => {
  const connections = createConnections(handler, options);
  const common = { allowHalfOpen: true, socket: handlers(connections), data: undefined as never };
  const open = (address: BunAddress) =>
    Bun.listen<Served>({ ...common, ...reuse(options.shared), ...address } as never);
  const listener: Pick<Bun.TCPSocketListener, 'stop' | 'port'> = await listenInPlace(options.port, () =>
    openOnBun(options, open),
  );
  const onPath = isSocketPath(options.port);
  return {
    port: onPath ? undefined : listener.port,
    async close(graceMs) {
      listener.stop();
      await connections.close(graceMs);
      if (onPath) rmSync(String(options.port), { force: true });
    },
    // Goes on to accept: connections that wait would be reset, and another process cannot take them.
    drain: (limitMs) => drainConnections(connections, limitMs),
  };
};

function handlers(connections: Connections): Bun.SocketHandler<Served> {
  return {
    open(socket) {
      const wire = new BunWire(socket);
      const connection = new Connection(wire, connections, wire);
      socket.data = { wire, connection };
      connections.add(connection);
    },
    data: (socket, bytes) => socket.data.connection.received(bytes),
    drain(socket) {
      if (socket.data.wire.sendWaiting()) socket.data.connection.drained();
    },
    end: (socket) => socket.data.connection.ended(),
    close: (socket) => socket.data.connection.closed(),
    // What went wrong is said by the end that follows.
    error: () => undefined,
  };
}

/** What Bun knows and its types do not say of listeners. */
function reuse(shared: boolean | undefined): object {
  return shared === true ? { reusePort: true } : { exclusive: true };
}

class BunWire extends SocketWire<BunSocket> {
  readonly native = bunNative;
  /** What the system did not take: Bun keeps nothing itself. */
  #waiting: Uint8Array[] = [];
  #endsAfter = false;

  get waitingBytes(): number {
    return this.#waiting.reduce((sum, { length }) => sum + length, 0);
  }

  send(bytes: Uint8Array): boolean {
    if (this.#waiting.length > 0) {
      this.#waiting.push(bytes);
      return false;
    }
    const taken = this.socket.write(bytes);
    if (taken === bytes.length) return true;
    // Less than nothing where the connection is gone, which is said by its end.
    this.#waiting.push(taken > 0 ? bytes.subarray(taken) : bytes);
    return false;
  }

  /** Sends what waits, as far as the system takes it. @returns whether nothing waits any more */
  sendWaiting(): boolean {
    const waiting = this.#waiting;
    while (waiting.length > 0) {
      const next = waiting[0] as Uint8Array;
      const taken = this.socket.write(next);
      if (taken !== next.length) {
        if (taken > 0) waiting[0] = next.subarray(taken);
        return false;
      }
      waiting.shift();
    }
    if (this.#endsAfter) this.socket.shutdown();
    return true;
  }

  end(): void {
    if (this.#waiting.length > 0) this.#endsAfter = true;
    else this.socket.shutdown();
  }

  close(): void {
    this.#waiting = [];
    this.socket.close();
  }

  destroy(): void {
    this.#waiting = [];
    this.socket.terminate();
  }
}
