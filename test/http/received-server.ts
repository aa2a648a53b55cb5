/** A server that keeps what it received for a while before it sends it back. */
import type { Listen, Listening } from '../../src/http/hosts/types.ts';
import type { HttpRequest } from '../../src/http/types.ts';
import { serveIfAsked } from '../support/http-hosts.ts';

const limitBytes = 1_000_000;

/** Answers `/kept` with the body that came, once `/release` was asked for; all else with how many wait for that. */
export function startReceivedServer(listen: Listen): Promise<Listening> {
  let waiting: (() => void)[] = [];
  const handler = async (request: HttpRequest) => {
    if (request.path === '/kept') {
      // The very bytes that the host has, where they came in one piece.
      const body = request.arrivedBody?.(limitBytes) ?? (await request.readBody(limitBytes));
      await new Promise<void>((resolve) => waiting.push(resolve));
      return { status: 200, headers: {}, body: Buffer.from(body) };
    }
    const count = waiting.length;
    if (request.path === '/release') {
      for (const release of waiting) release();
      waiting = [];
    }
    return { status: 200, headers: {}, body: String(count) };
  };
  return listen(handler, { port: 0, host: '127.0.0.1' });
}

await serveIfAsked(import.meta.url, startReceivedServer);
