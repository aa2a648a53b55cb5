/** A server that tells what extensions get of a request. */
import type { IncomingMessage } from 'node:http';
import type { Listen, Listening } from '../../src/http/hosts/types.ts';
import type { HttpRequest } from '../../src/http/types.ts';
import { serveIfAsked } from '../support/http-hosts.ts';

function fromNode(message: IncomingMessage): object {
  const { method, url, headers, rawHeaders, headersDistinct, httpVersion, socket, aborted, destroyed } = message;
  const { remoteAddress, remoteFamily, remotePort, localPort } = socket;
  // The ports of two servers differ.
  const from = { remoteAddress, remoteFamily, ports: [typeof remotePort, typeof localPort] };
  return { method, url, headers, rawHeaders, headersDistinct, httpVersion, aborted, destroyed, from };
}

function fromBun({ method, url, headers }: Request): object {
  return { method, url, headers: [...headers], account: headers.get('X-Account') };
}

export function startNativeServer(listen: Listen): Promise<Listening> {
  const handler = ({ native }: HttpRequest) => {
    const told = native instanceof Request ? fromBun(native) : fromNode(native as IncomingMessage);
    return { status: 200, headers: {}, body: JSON.stringify(told) };
  };
  return listen(handler, { port: 0, host: '127.0.0.1' });
}

await serveIfAsked(import.meta.url, startNativeServer);
