import { getProxyForUrl } from 'proxy-from-env';
import { streamFailure } from './stream-failure.ts';
import type { UpstreamClientOptions } from './types.ts';

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
      throw streamFailure(url, error, stop.signal.aborted, signal.aborted);
    } finally {
      clearTimeout(timer);
    }
  };
}

/** Loaded with the first stream, as Node's client for other requests is. */
function onNode(options: UpstreamClientOptions): OpenUpstreamStream {
  let opener: Promise<OpenUpstreamStream> | undefined;
  return async (request) => {
    opener ??= import('./node-stream.ts').then(({ createNodeStreamOpener }) => createNodeStreamOpener(options));
    return (await opener)(request);
  };
}

async function* noChunks(): AsyncGenerator<Uint8Array, void, void> {}
