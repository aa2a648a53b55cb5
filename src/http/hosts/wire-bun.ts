import { rmSync } from 'node:fs';
import { Connection } from '../wire/connection.ts';
import { Connections } from '../wire/connections.ts';
import type { Wire } from '../wire/wire.ts';
import type { Peer } from '../wire/wire-request.ts';
import { openAny } from './bun.ts';
import { bunListenError } from './bun-listen-error.ts';
import { bunNative } from './bun-native.ts';
import { Drain } from './drain.ts';
import { isSocketPath, listenInPlace } from './socket-path.ts';
import type { Listen } from './types.ts';

/** Longer than most load balancers keep a connection that they do not use. */
const usualKeepAliveMs = 60_000;

interface Served {
  wire: BunWire;
  connection: Connection;
}

type BunSocket = Bun.Socket<Served>;

/** Listens on Bun with our own reading and writing of HTTP: a small reply takes two thirds of what it takes with Bun's. */
export const listenOnBunSockets: Listen = async (handler, options) => {
  const { headTimeoutMs, keepAliveTimeoutMs = usualKeepAliveMs, onError, shared, host } = options;
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
  const onPath = isSocketPath(options.port);
  const common = { allowHalfOpen: true, socket: handlers(connections), data: undefined as never };
  const port = Number(options.port);
  const open = (hostname: string) => Bun.listen<Served>({ ...common, hostname, port, ...reuse(shared) });
  const start = async () => {
    try {
      return onPath ? Bun.listen<Served>({ ...common, unix: String(options.port) }) : openAny(open, host);
    } catch (error) {
      const address = onPath ? String(options.port) : `${host ?? '::'}:${options.port}`;
      throw await bunListenError(error, address, onPath ? undefined : host);
    }
  };
  const listener = await listenInPlace(options.port, start);
  return {
    port: onPath ? undefined : (listener as Bun.TCPSocketListener<Served>).port,
    async close(graceMs) {
      listener.stop();
      await connections.close(graceMs);
      if (onPath) rmSync(String(options.port), { force: true });
    },
    drain(limitMs) {
      // Goes on to accept: connections that wait would be reset, and another process cannot take them.
      connections.isLeaving = true;
      connections.onRequest = () => drain.touched();
      return drain.start(limitMs);
    },
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

class BunWire implements Wire, Peer {
  readonly native = bunNative;
  readonly #socket: BunSocket;
  /** What the system did not take: Bun keeps nothing itself. */
  #waiting: Uint8Array[] = [];
  #endsAfter = false;
  #address: string | undefined;

  constructor(socket: BunSocket) {
    this.#socket = socket;
  }

  get remoteAddress(): string | undefined {
    this.#address ??= this.#socket.remoteAddress;
    return this.#address;
  }

  get waitingBytes(): number {
    return this.#waiting.reduce((sum, { length }) => sum + length, 0);
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
    if (this.#waiting.length > 0) {
      this.#waiting.push(bytes);
      return false;
    }
    const taken = this.#socket.write(bytes);
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
      const taken = this.#socket.write(next);
      if (taken !== next.length) {
        if (taken > 0) waiting[0] = next.subarray(taken);
        return false;
      }
      waiting.shift();
    }
    if (this.#endsAfter) this.#socket.shutdown();
    return true;
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end(): void {
    if (this.#waiting.length > 0) this.#endsAfter = true;
    else this.#socket.shutdown();
  }

  close(): void {
    this.#waiting = [];
    this.#socket.close();
  }

  destroy(): void {
    this.#waiting = [];
    this.#socket.terminate();
  }

  probe(afterMs: number): void {
    this.#socket.setKeepAlive(true, afterMs);
  }
}
