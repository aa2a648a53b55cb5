import type { Socket } from 'node:net';
import type { HttpHandler } from '../types.ts';

/** What a server proves who it is with. Texts in PEM form. */
export interface ServerTls {
  readonly key: string;
  readonly cert: string;
}

/** Who reads and writes HTTP/1.1: Halyard on the sockets of the runtime, or the runtime's own HTTP server. */
export const httpImplementations = ['own', 'runtime'] as const;
export type HttpImplementation = (typeof httpImplementations)[number];

/** Where and how to listen. */
export interface ListenOptions {
  /** A port number (0 picks a free one), or a socket path. */
  readonly port: number | string;
  /** Address to bind; undefined means all interfaces, IPv4 and IPv6. */
  readonly host?: string | undefined;
  /**
   * Idle connections are closed after this long, a minute by default, and up to a second later; with Bun's HTTP server up to 4, and
   * after 255 seconds at most. 0 never closes them.
   */
  readonly keepAliveTimeoutMs?: number | undefined;
  /** A client has this long for the head of a request, a minute by default; with Bun's HTTP server always about 10 seconds. */
  readonly headTimeoutMs?: number | undefined;
  /** Default `own`. With {@link tls} it is the runtime's in any case. */
  readonly http?: HttpImplementation | undefined;
  /** Serve HTTPS instead of HTTP. */
  readonly tls?: ServerTls | undefined;
  /** Bun: several processes open the port, and the system deals connections out. */
  readonly shared?: boolean | undefined;
  /**
   * Node: another process listens on the port and passes connections on. Called once with what takes them.
   */
  readonly connections?: ((take: (socket: Socket) => void) => void) | undefined;
  /** Called for a fault that no handler answered. The client gets a plain 500. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** A listening server. */
export interface Listening {
  /** The port in use; undefined on a socket path. */
  readonly port: number | undefined;
  /** Stops accepting, lets open requests finish for up to `graceMs`, then closes what is left. */
  close(graceMs: number): Promise<void>;
  /**
   * From now on replies ask clients to come back on another connection, which another process is to take. Resolves once
   * no request has come for a while, or after `limitMs`. To be called before `close`.
   */
  drain(limitMs: number): Promise<void>;
  /**
   * Uses another certificate for new connections, on servers that were opened with one. Throws, and changes nothing,
   * when it cannot be used.
   */
  readonly replaceTls?: ((tls: ServerTls) => void) | undefined;
}

/** Starts to listen. Rejects with the system's error, for example `EADDRINUSE`. */
export type Listen = (handler: HttpHandler, options: ListenOptions) => Promise<Listening>;
