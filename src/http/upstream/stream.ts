import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { getProxyForUrl } from 'proxy-from-env';
import { createAgents, requestTls } from './node-client.ts';
import { shownUrl } from './shown-url.ts';
import { type UpstreamClientOptions, UpstreamError } from './types.ts';

/** A request for an answer without an end. */
export interface UpstreamStreamRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Limit until the head of the answer is there. How long it may then be silent is up to the reader. */
  readonly timeoutMs: number;
  /** Ends the exchange, whatever its state. */
  readonly signal: AbortSignal;
}

/** An answer that goes on. Reading rejects when the connection breaks, and ends when upstream ends it properly. */
export interface UpstreamStream {
  readonly status: number;
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** Opens a stream. Rejects with {@link UpstreamError} when there is no answer at all. Redirects are not followed on Node. */
export type OpenUpstreamStream = (request: UpstreamStreamRequest) => Promise<UpstreamStream>;

/** The way to open streams on this runtime, with the same settings as other requests. */
export function createStreamOpener(options: UpstreamClientOptions): OpenUpstreamStream {
  return typeof Bun === 'undefined' || options.agent !== undefined || options.tls?.pfx !== undefined
    ? onNode(options)
    : onBun(options);
}

function onBun(options: UpstreamClientOptions): OpenUpstreamStream {
  return async ({ url, headers, timeoutMs, signal }) => {
    const stop = new AbortController();
    const all = AbortSignal.any([signal, stop.signal]);
    const timer = setTimeout(() => stop.abort(), timeoutMs);
    try {
      const proxy = getProxyForUrl(url);
      const response = await fetch(url, {
        headers: { 'Accept-Encoding': 'identity', ...headers },
        signal: all,
        // Bun would end a stream after some minutes by itself.
        timeout: false,
        tls: { ...options.tls, rejectUnauthorized: options.rejectUnauthorized },
        ...(proxy === '' ? {} : { proxy }),
      } as RequestInit);
      return { status: response.status, chunks: response.body ?? noChunks() };
    } catch (error) {
      throw failure(url, error, stop.signal.aborted, signal.aborted);
    } finally {
      clearTimeout(timer);
    }
  };
}

function onNode(options: UpstreamClientOptions): OpenUpstreamStream {
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
        reject(failure(url, error, false, signal.aborted));
        return;
      }
      signal.addEventListener('abort', end, { once: true });
      if (signal.aborted) end();
      outgoing.on('close', () => signal.removeEventListener('abort', end));
      outgoing.on('error', (error) => {
        clearTimeout(timer);
        reject(failure(url, error, late, signal.aborted));
      });
      outgoing.on('response', (incoming) => {
        clearTimeout(timer);
        message = incoming;
        resolve({ status: incoming.statusCode ?? 0, chunks: incoming });
      });
      outgoing.end();
    });
}

async function* noChunks(): AsyncGenerator<Uint8Array, void, void> {}

function failure(url: string, error: unknown, late: boolean, aborted: boolean): UpstreamError {
  if (aborted) return new UpstreamError('aborted', 'stopped');
  if (late) return new UpstreamError('timeout', `network timeout at: ${shownUrl(url)}`, 'ETIMEDOUT');
  const { code, message } = error as { code?: string; message?: string };
  const reason = message || code || 'unknown';
  return new UpstreamError('network', `request to ${shownUrl(url)} failed, reason: ${reason}`, code);
}
