/** The scripted upstream of the harness behind a real socket. */
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ScriptedUpstream, scriptedUpstream } from './harness.ts';

export interface SocketUpstream extends ScriptedUpstream {
  readonly origin: string;
  /** Every request with all its headers, as it came. */
  readonly heard: { readonly path: string; readonly headers: IncomingHttpHeaders }[];
  close(): Promise<void>;
}

/** Starts it on a free port, or on a given one. */
export async function startSocketUpstream(port = 0): Promise<SocketUpstream> {
  const upstream = scriptedUpstream();
  const heard: SocketUpstream['heard'] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { authorization } = request.headers;
      heard.push({ path: request.url ?? '', headers: request.headers });
      const headers = { ...(authorization === undefined ? {} : { Authorization: authorization }) };
      const body = Buffer.concat(chunks).toString('utf8');
      const method = request.method === 'POST' ? 'POST' : 'GET';
      upstream.send({ method, url: request.url ?? '', headers, body, timeoutMs: 0, limitBytes: 0 }).then(
        (reply) => response.writeHead(reply.status, { 'content-type': 'application/json' }).end(reply.body),
        () => request.socket.destroy(),
      );
    });
  });
  // Ends no connection that is about to be used again.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return Object.assign(upstream, {
    heard,
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  });
}

/** Starts it with one environment, `development`: what a client token fetches, and tokens of front-ends that see it. */
export async function startUpstreamWith(
  document: unknown,
  client: string,
  ...frontends: readonly string[]
): Promise<SocketUpstream> {
  const upstream = await startSocketUpstream();
  const valid = { environment: 'development', projects: ['*'] };
  upstream.tokens.set(client, { type: 'client', ...valid });
  for (const frontend of frontends) upstream.tokens.set(frontend, { type: 'frontend', ...valid });
  upstream.features.set(client, document);
  return upstream;
}
