import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { createAgents, requestTls } from './node-client.ts';
import type { OpenUpstreamStream } from './stream.ts';
import { streamFailure } from './stream-failure.ts';
import type { UpstreamClientOptions } from './types.ts';

/** Opens streams with Node's HTTP modules. */
export function createNodeStreamOpener(options: UpstreamClientOptions): OpenUpstreamStream {
  const agentFor = options.agent ?? createAgents(options.rejectUnauthorized, options.tls, options.keepAliveMs);
  return ({ url, headers, timeoutMs, signal }) =>
    new Promise((resolve, reject) => {
      let outgoing: ClientRequest;
      let message: IncomingMessage | undefined;
      let late = false;
      const end = () => (message ?? outgoing).destroy(new Error('stopped'));
      const timer = setTimeout(() => {
        late = true;
        end();
      }, timeoutMs);
      try {
        const target = new URL(url);
        const send = target.protocol === 'https:' ? httpsRequest : httpRequest;
        const agent = agentFor(target) as never;
        const tls = target.protocol === 'https:' ? requestTls(options) : {};
        outgoing = send(target, { headers: { 'Accept-Encoding': 'identity', ...headers }, agent, ...tls });
      } catch (error) {
        clearTimeout(timer);
        reject(streamFailure(url, error, false, signal.aborted));
        return;
      }
      signal.addEventListener('abort', end, { once: true });
      if (signal.aborted) end();
      outgoing.on('close', () => signal.removeEventListener('abort', end));
      outgoing.on('error', (error) => {
        clearTimeout(timer);
        reject(streamFailure(url, error, late, signal.aborted));
      });
      outgoing.on('response', (incoming) => {
        clearTimeout(timer);
        message = incoming;
        resolve({ status: incoming.statusCode ?? 0, chunks: incoming });
      });
      outgoing.end();
    });
}
