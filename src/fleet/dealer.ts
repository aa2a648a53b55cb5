import type { ChildProcess } from 'node:child_process';
import { createServer, type Server, type Socket } from 'node:net';
import { listenInPlace, listenTarget } from '../http/hosts/socket-path.ts';

/** A worker that connections can be dealt to. */
export interface Hand {
  /** Hands a connection over. The socket stays open here until the worker says that it has it. */
  give(message: DealtConnection, socket: Socket): void;
}

/** What comes with a connection. */
export interface DealtConnection {
  readonly kind: 'connection';
  readonly id: number;
  /** Which of the worker's listeners it is for. */
  readonly place: number;
}

interface Dealt {
  readonly place: number;
  readonly socket: Socket;
  /** Who was given it last; undefined while nobody can take it. */
  hand: Hand | undefined;
}

/** Connections that wait while no worker listens. */
const mostWaiting = 10_000;

/**
 * Accepts connections for workers on Node and deals them out in turn. A connection whose worker dies before it said
 * that it has it goes to another one: no client waits for a process that is gone.
 */
export class Dealer {
  readonly #servers = new Map<number, Server>();
  readonly #hands: Hand[] = [];
  readonly #dealt = new Map<number, Dealt>();
  #lastId = 0;
  #next = 0;

  /** Opens a port. @returns the one in use. Rejects with the system's error when it is taken */
  listen(place: number, port: number | string, host: string | undefined): Promise<number | string> {
    const server = createServer({ pauseOnConnect: true, noDelay: true, allowHalfOpen: true }, (socket) => {
      socket.on('error', () => undefined);
      this.#take(place, socket);
    });
    this.#servers.set(place, server);
    const open = () =>
      new Promise<number | string>((resolve, reject) => {
        server.once('error', reject);
        server.listen(listenTarget(port, host), () => {
          server.off('error', reject);
          const address = server.address();
          resolve(typeof address === 'object' && address !== null ? address.port : port);
        });
      });
    return listenInPlace(port, open);
  }

  /** A worker takes connections from now on. */
  add(hand: Hand): void {
    this.#hands.push(hand);
    for (const [id, dealt] of this.#dealt) if (dealt.hand === undefined) this.#deal(id, dealt);
  }

  /** A worker is to get no more connections. */
  remove(hand: Hand): void {
    const index = this.#hands.indexOf(hand);
    if (index >= 0) this.#hands.splice(index, 1);
  }

  /** A worker is gone: what it did not take goes to others. */
  lost(hand: Hand): void {
    this.remove(hand);
    for (const [id, dealt] of this.#dealt) if (dealt.hand === hand) this.#deal(id, dealt);
  }

  /** A worker has a connection: it lives there alone. */
  taken(id: number): void {
    this.#dealt.get(id)?.socket.destroy();
    this.#dealt.delete(id);
  }

  /** Accepts no more. */
  close(): void {
    for (const server of this.#servers.values()) server.close();
    for (const { socket } of this.#dealt.values()) socket.destroy();
    this.#dealt.clear();
  }

  #take(place: number, socket: Socket): void {
    if (this.#dealt.size >= mostWaiting) {
      socket.destroy();
      return;
    }
    // Node would count the connections of a server across processes with messages of its own.
    (socket as { server?: unknown }).server = undefined;
    const dealt: Dealt = { place, socket, hand: undefined };
    const id = ++this.#lastId;
    this.#dealt.set(id, dealt);
    this.#deal(id, dealt);
  }

  #deal(id: number, dealt: Dealt): void {
    this.#next = (this.#next + 1) % Math.max(1, this.#hands.length);
    dealt.hand = this.#hands[this.#next];
    dealt.hand?.give({ kind: 'connection', id, place: dealt.place }, dealt.socket);
  }
}

/** A child process as one that takes connections. */
export function handOf(child: ChildProcess): Hand {
  return {
    give(message, socket) {
      if (child.connected) child.send(message, socket, { keepOpen: true }, () => undefined);
    },
  };
}

/** Connections that this process is dealt, by listener. */
export class DealtConnections {
  readonly #takers = new Map<number, (socket: Socket) => void>();

  /** @param taken tells the primary that a connection is here */
  constructor(taken: (id: number) => void) {
    process.on('message', (message, handle) => {
      const { kind, id, place } = message as Partial<DealtConnection>;
      if (kind !== 'connection' || id === undefined || place === undefined) return;
      taken(id);
      const socket = handle as Socket | undefined;
      const take = this.#takers.get(place);
      if (socket === undefined) return;
      if (take === undefined) {
        socket.destroy();
        return;
      }
      socket.allowHalfOpen = true;
      take(socket);
    });
  }

  /** Sets who takes the connections of a listener. */
  onConnection(place: number, take: (socket: Socket) => void): void {
    this.#takers.set(place, take);
  }
}
