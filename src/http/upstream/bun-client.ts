import { getProxyForUrl } from 'proxy-from-env';
import { InflatedTooLargeError, inflateAnswer } from './inflate.ts';
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
} from './types.ts';

/** The outgoing client on Bun: its fetch, which keeps connections alive. */
export function createBunClient(options: UpstreamClientOptions): SendUpstream {
  return followingRedirects(async (request) => {
    if (!URL.canParse(request.url)) throw new UpstreamError('invalid-url', 'Invalid URL', 'ERR_INVALID_URL');
    const timeout = AbortSignal.timeout(request.timeoutMs);
    const signal = request.signal ? AbortSignal.any([timeout, request.signal]) : timeout;
    let started = false;
    try {
      const proxy = getProxyForUrl(request.url);
      const response = await fetch(request.url, {
        method: request.method,
        headers: { 'Accept-Encoding': 'gzip,deflate', ...request.headers },
        body: request.bytes ?? request.body ?? null,
        signal,
        redirect: 'manual',
        // Bun itself would write its own line to stderr when an answer is in no coding that it claims.
        decompress: false,
        ...(options.keepAliveMs === 0 ? { keepalive: false } : {}),
        tls: { ...options.tls, rejectUnauthorized: options.rejectUnauthorized },
        ...(proxy === '' ? {} : { proxy }),
      } as RequestInit);
      started = true;
      return await readResponse(response, request);
    } catch (error) {
      throw error instanceof UpstreamError ? error : translate(error, request, timeout, started);
    }
  });
}

async function readResponse(response: Response, request: UpstreamRequest): Promise<UpstreamResponse> {
  const { limitBytes, url } = request;
  // 304 may tell the length of what it does not send.
  const announced = response.status === 304 ? null : response.headers.get('content-length');
  const received = new Received(Math.min(Number(announced ?? 0) || 0, limitBytes));
  const reader = response.body?.getReader();
  while (reader !== undefined) {
    const { done, value } = await reader.read();
    if (done) break;
    if (received.length + value.length > limitBytes) {
      await reader.cancel();
      throw tooLarge(request);
    }
    received.add(value);
  }
  const sent = await received.bytes();
  if (announced !== null && Number(announced) !== sent.length) {
    throw new UpstreamError(
      'cut-off',
      `the answer of ${shownUrl(url)} is incomplete: ${sent.length} of ${announced} bytes`,
    );
  }
  const body = await inflateAnswer(sent, response.headers.get('content-encoding'), limitBytes).catch((error) => {
    throw error instanceof InflatedTooLargeError ? tooLarge(request) : error;
  });
  const { status, statusText: reason } = response;
  return { status, reason, body, header: (name) => response.headers.get(name) ?? undefined };
}

function translate(error: unknown, request: UpstreamRequest, timeout: AbortSignal, started: boolean): UpstreamError {
  const { url } = request;
  const { code, message } = error as { code?: string; message?: string };
  if (timeout.aborted) return new UpstreamError('timeout', `network timeout at: ${shownUrl(url)}`, 'ETIMEDOUT');
  if (request.signal?.aborted) return new UpstreamError('aborted', 'stopped');
  // Bun's messages give advice that is meant for its own users.
  const reason = code || message || 'unknown';
  if (started) return new UpstreamError('cut-off', `the answer of ${shownUrl(url)} is incomplete: ${reason}`, code);
  const failure = code === 'ECONNRESET' || code === 'ConnectionClosed' ? 'reset' : 'network';
  return new UpstreamError(failure, `request to ${shownUrl(url)} failed, reason: ${reason}`, code);
}
