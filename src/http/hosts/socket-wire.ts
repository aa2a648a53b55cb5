import type { HttpHandler } from '../types.ts';
import { Connections } from '../wire/connections.ts';
import type { Wire } from '../wire/wire.ts';
import type { Peer, WireRequest } from '../wire/wire-request.ts';
import { Drain } from './drain.ts';
import { watchPeer } from './process-peers.ts';
import type { ListenOptions } from './types.ts';

/** Longer than most load balancers keep a connection that they do not use. */
const usualKeepAliveMs = 60_000;
/** The system probes connections that were silent for this long, so that vanished clients are noticed. */
const probeAfterMs = 15_000;

/** The connections of one listener, with the clock and the timers of this process. */
export function createConnections(
  handler: HttpHandler,
  { headTimeoutMs, keepAliveTimeoutMs = usualKeepAliveMs, onError }: ListenOptions,
): Connections {
  return new Connections({
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
}

/** Has connections end with their next replies. Resolves once no request has come for a while, or after `limitMs`. */
export function drainConnections(connections: Connections, limitMs: number): Promise<void> {
  const drain = new Drain();
  connections.isLeaving = true;
  connections.onRequest = () => drain.touched();
  return drain.start(limitMs);
}

/** What the sockets of both runtimes have in common. */
interface CommonSocket {
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
  readonly localPort?: number | undefined;
  pause(): unknown;
  resume(): unknown;
  setKeepAlive(isOn: boolean, afterMs: number): unknown;
}

/** The part of a wire that is the same on both runtimes. */
export abstract class SocketWire<Socket extends CommonSocket> implements Wire, Peer {
  protected readonly socket: Socket;
  /** Asked for once: after the end of a connection Node no longer knows. */
  #address: string | undefined;

  constructor(socket: Socket) {
    this.socket = socket;
  }

  abstract readonly waitingBytes: number;
  abstract send(bytes: Uint8Array): boolean;
  abstract end(): void;
  abstract close(): void;
  abstract destroy(): void;
  abstract native(request: WireRequest): unknown;

  address(): string | undefined {
    this.#address ??= this.socket.remoteAddress;
    return this.#address;
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  watch(onGone: () => void): () => void {
    this.socket.setKeepAlive(true, probeAfterMs);
    return watchPeer(this.address(), this.socket.remotePort, this.socket.localPort, onGone);
  }
}
