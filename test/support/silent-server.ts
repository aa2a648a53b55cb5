/** A server that takes every request and answers none: an upstream that a start waits for. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SilentServer {
  readonly origin: string;
  /** Requests so far. */
  readonly asked: () => number;
  close(): Promise<void>;
}

/** Starts one on a free port. */
export async function startSilentServer(): Promise<SilentServer> {
  let asked = 0;
  const server = createServer(() => {
    asked += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: () => asked,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
