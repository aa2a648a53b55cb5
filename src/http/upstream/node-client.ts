import { type ClientRequest, Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { HttpProxyAgent } from 'http-proxy-agent';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { getProxyForUrl } from 'proxy-from-env';
import { Received } from './received.ts';
import { followingRedirects } from './redirects.ts';
import { shownUrl } from './shown-url.ts';
import { tooLarge } from './too-large.ts';
import {
  type SendUpstream,
  type UpstreamClientOptions,
  UpstreamError,
  type UpstreamRequest,
  type UpstreamResponse,
  type UpstreamTls,
} from './types.ts';

/** The outgoing client on Node: its own HTTP modules, because applications pass in agents made for them. */
export function createNodeClient(options: UpstreamClientOptions): SendUpstream {
  const agentFor = options.agent ?? createAgents(options.rejectUnauthorized, options.tls, options.keepAliveMs);
  return followingRedirects((request) => exchange(request, agentFor, options));
}

/**
 * Kept-alive connections, through the proxy that the environment names for a URL.
 *
 * @param keepAliveMs how long idle ones are kept; 0 keeps none, undefined leaves it to the other end
 */
export function createAgents(
  rejectUnauthorized: boolean,
  certificates: UpstreamTls = {},
  keepAliveMs?: number,
): (url: URL) => unknown {
  // An agent applies its timeout to idle connections; busy ones only emit an event that nobody listens to.
  const keeping = {
    keepAlive: keepAliveMs !== 0,
    ...(keepAliveMs === undefined || keepAliveMs === 0 ? {} : { timeout: keepAliveMs }),
  };
  const plain = new HttpAgent(keeping);
  const settings = { ...agentTls(certificates), ...keeping, rejectUnauthorized };
  const tls = new HttpsAgent(settings);
  const proxied = new Map<string, HttpProxyAgent<string> | HttpsProxyAgent<string>>();
  return (url) => {
    const proxy = getProxyForUrl(url.href);
    if (proxy === '') return url.protocol === 'https:' ? tls : plain;
    const key = `${url.protocol} ${proxy}`;
    let agent = proxied.get(key);
    if (agent === undefined) {
      agent = url.protocol === 'https:' ? new HttpsProxyAgent(proxy, settings) : new HttpProxyAgent(proxy, settings);
      proxied.set(key, agent);
    }
    return agent;
  };
}

/**
 * TLS settings of one request. Those of the agent are repeated, because Bun does not hand them to agents that go through
 * a proxy; an agent that an application made has its own.
 */
export function requestTls({ agent, rejectUnauthorized, tls = {} }: UpstreamClientOptions): object {
  return { ...(agent === undefined ? agentTls(tls) : {}), rejectUnauthorized };
}

/** Only what is given: an undefined member would count as a setting. */
function agentTls({ ca, pfx, ...texts }: UpstreamTls): object {
  const given = Object.entries(texts).filter(([, text]) => text !== undefined);
  return {
    ...Object.fromEntries(given),
    ...(ca === undefined ? {} : { ca: [...ca] }),
    ...(pfx === undefined ? {} : { pfx: Buffer.from(pfx) }),
  };
}

function exchange(
  request: UpstreamRequest,
  agentFor: (url: URL) => unknown,
  options: UpstreamClientOptions,
): Promise<UpstreamResponse> {
  return new Promise((resolve, reject) => {
    let url: URL;
    try {
      url = new URL(request.url);
    } catch {
      reject(new UpstreamError('invalid-url', 'Invalid URL', 'ERR_INVALID_URL'));
      return;
    }
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    let outgoing: ReturnType<typeof httpRequest>;
    const fail = (error: UpstreamError) => {
      clearTimeout(timer);
      request.signal?.removeEventListener('abort', abort);
      outgoing?.destroy();
      reject(error);
    };
    const timer = setTimeout(
      () => fail(new UpstreamError('timeout', `network timeout at: ${shownUrl(request.url)}`, 'ETIMEDOUT')),
      request.timeoutMs,
    );
    const abort = () => fail(new UpstreamError('aborted', 'stopped'));
    request.signal?.addEventListener('abort', abort, { once: true });
    if (request.signal?.aborted) return abort();
    const headers: Record<string, string | number> = { 'Accept-Encoding': 'gzip,deflate', ...request.headers };
    const sent = request.bytes ?? request.body;
    if (sent !== undefined) headers['Content-Length'] = Buffer.byteLength(sent);
    try {
      outgoing = send(url, {
        method: request.method,
        headers,
        agent: agentFor(url) as HttpAgent,
        ...(url.protocol === 'https:' ? requestTls(options) : {}),
      });
    } catch (error) {
      fail(networkError(request.url, error));
      return;
    }
    const { connectTimeoutMs } = options;
    if (connectTimeoutMs !== undefined && connectTimeoutMs < request.timeoutMs) {
      limitConnecting(outgoing, connectTimeoutMs, () =>
        fail(new UpstreamError('network', `no connection to ${shownUrl(request.url)} in time`, 'ETIMEDOUT')),
      );
    }
    outgoing.on('error', (error) => fail(networkError(request.url, error)));
    outgoing.on('response', (message) => {
      readBody(message, request).then((body) => {
        clearTimeout(timer);
        request.signal?.removeEventListener('abort', abort);
        const { statusCode: status = 0, statusMessage: reason } = message;
        resolve({ status, reason, body, header: (name) => headerOf(message, name) });
      }, fail);
    });
    outgoing.end(sent);
  });
}

/** Calls back when a new connection is not ready after a while. */
function limitConnecting(outgoing: ClientRequest, limitMs: number, late: () => void): void {
  outgoing.once('socket', (socket) => {
    if (!socket.connecting) return;
    const timer = setTimeout(late, limitMs);
    const done = () => clearTimeout(timer);
    socket.once('encrypted' in socket ? 'secureConnect' : 'connect', done);
    socket.once('close', done);
  });
}

function headerOf(message: IncomingMessage, name: string): string | undefined {
  const value = message.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function networkError(url: string, error: unknown): UpstreamError {
  const { code, message } = error as { code?: string; message?: string };
  const failure = code === 'ECONNRESET' || code === 'EPIPE' ? 'reset' : 'network';
  return new UpstreamError(
    failure,
    `request to ${shownUrl(url)} failed, reason: ${message || code || 'unknown'}`,
    code,
  );
}

function readBody(message: IncomingMessage, request: UpstreamRequest): Promise<Uint8Array> {
  const { limitBytes, url } = request;
  return new Promise((resolve, reject) => {
    const received = new Received(Math.min(announcedBytes(message), limitBytes));
    const stream = decoded(message);
    const cut = (reason: string) =>
      reject(new UpstreamError('cut-off', `the answer of ${shownUrl(url)} is incomplete: ${reason}`));
    stream.on('data', (chunk: Buffer) => {
      if (received.length + chunk.length > limitBytes) {
        reject(tooLarge(request));
        message.destroy();
      } else received.add(chunk);
    });
    stream.on('error', (error) => cut(error.message));
    message.on('error', (error) => cut(error.message));
    message.on('aborted', () => cut('the connection was closed'));
    stream.on('end', () =>
      message.complete ? received.bytes().then(resolve, reject) : cut('the connection was closed'),
    );
  });
}

/** How long the body will be; 0 where nobody says. */
function announcedBytes({ headers, statusCode }: IncomingMessage): number {
  // What is in a content coding gets longer, and 304 may tell the length of what it does not send.
  if (statusCode === 304 || headers['content-encoding'] !== undefined) return 0;
  return Number(headers['content-length'] ?? 0) || 0;
}

function decoded(message: IncomingMessage): Readable {
  switch (message.headers['content-encoding']?.toLowerCase()) {
    case 'gzip':
      return message.pipe(createGunzip());
    case 'deflate':
      return message.pipe(createInflate());
    case 'br':
      return message.pipe(createBrotliDecompress());
    default:
      return message;
  }
}
