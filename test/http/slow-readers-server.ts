/** A server with long replies, whose connections end soon. */
import type { Listen, Listening } from '../../src/http/hosts/types.ts';
import type { HttpRequest } from '../../src/http/types.ts';
import { serveIfAsked } from '../support/http-hosts.ts';

/** Longer than any test. */
const graceMs = 1_000_000;

/** What `/long?bytes=9` is answered with: no two places in it look the same. */
export function longBody(bytes: number): Buffer {
  const body = Buffer.alloc(bytes);
  for (let at = 0; at + 4 <= bytes; at += 4) body.writeUInt32LE(at, at);
  return body;
}

/**
 * Tells at `/` how often `/long` was asked for, and is closed by `/close`.
 *
 * @param keepAliveTimeoutMs of idle connections, as text
 */
export async function startSlowReadersServer(listen: Listen, keepAliveTimeoutMs = '300'): Promise<Listening> {
  let count = 0;
  const handler = ({ path, query }: HttpRequest) => {
    if (path === '/close') setImmediate(() => listening.close(graceMs));
    if (path !== '/long') return { status: 200, headers: {}, body: String(count) };
    count++;
    return { status: 200, headers: {}, body: longBody(Number(query.slice('bytes='.length))) };
  };
  const options = { port: 0, host: '127.0.0.1', keepAliveTimeoutMs: Number(keepAliveTimeoutMs) };
  const listening = await listen(handler, options);
  return listening;
}

await serveIfAsked(import.meta.url, startSlowReadersServer);
