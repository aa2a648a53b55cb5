import type { HttpHandler } from '../types.ts';

/** Where and how to listen. */
export interface ListenOptions {
  /** A port number (0 picks a free one), or a socket path. */
  readonly port: number | string;
  /** Address to bind; undefined means all interfaces, IPv4 and IPv6. */
  readonly host?: string | undefined;
  /** Idle connections are closed after this long. */
  readonly keepAliveTimeoutMs?: number | undefined;
  /** Called for a fault that no handler answered. The client gets a plain 500. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** A listening server. */
export interface Listening {
  /** The port in use; undefined on a socket path. */
  readonly port: number | undefined;
  /** Stops accepting, lets open requests finish for up to `graceMs`, then closes what is left. */
  close(graceMs: number): Promise<void>;
}

/** Starts to listen. Rejects with the system's error, for example `EADDRINUSE`. */
export type Listen = (handler: HttpHandler, options: ListenOptions) => Promise<Listening>;
