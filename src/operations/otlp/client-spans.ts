import { type Span, SpanKind, SpanStatusCode, type Tracer } from '@opentelemetry/api';
import type { OpenUpstreamStream } from '../../http/upstream/stream.ts';
import { type SendUpstream, UpstreamError } from '../../http/upstream/types.ts';
import { activeContext } from './active-trace.ts';
import { calledRoute } from './routes.ts';
import type { Sampling } from './sampling.ts';
import { contextOf } from './server-spans.ts';
import { isSampled, traceHeaders } from './trace-context.ts';

/** What spans of calls need. */
export interface ClientSpanOptions {
  readonly tracer: Tracer;
  readonly sampling: Sampling;
}

type Called = { readonly url: string; readonly headers: Readonly<Record<string, string>> };

/**
 * Records calls upstream and tells upstream which trace they belong to: that of the request that caused them, else one
 * of their own. Calls of requests that are not recorded only pass the caller's trace on. Spans hold method, host, port,
 * the pattern of the path, and status or kind of failure: paths and queries may hold keys.
 */
export function withClientSpans(send: SendUpstream, options: ClientSpanOptions): SendUpstream {
  return (request) => recorded(request, request.method, options, send);
}

/** The same for opening a stream: the span ends when the head of the answer is there. */
export function withStreamSpans(open: OpenUpstreamStream, options: ClientSpanOptions): OpenUpstreamStream {
  return (request) => recorded(request, 'GET', options, open);
}

/** Only passes on which trace a call belongs to. */
export function withTraceHeaders(send: SendUpstream): SendUpstream {
  return (request) => {
    const context = activeContext();
    if (context === undefined) return send(request);
    return send({ ...request, headers: { ...request.headers, ...traceHeaders(context) } });
  };
}

async function recorded<Request extends Called, Answer extends { readonly status: number }>(
  request: Request,
  method: string,
  { tracer, sampling }: ClientSpanOptions,
  send: (request: Request) => Promise<Answer>,
): Promise<Answer> {
  const parent = activeContext();
  if (parent === undefined ? !sampling.own : !isSampled(parent.traceFlags)) {
    if (parent === undefined) return send(request);
    return send({ ...request, headers: { ...request.headers, ...traceHeaders(parent) } });
  }
  const { name, attributes } = describe(method, request.url);
  const span = tracer.startSpan(name, { kind: SpanKind.CLIENT, attributes }, contextOf(parent));
  try {
    const answer = await send({ ...request, headers: { ...request.headers, ...traceHeaders(span.spanContext()) } });
    span.setAttribute('http.response.status_code', answer.status);
    if (answer.status >= 400) fail(span, String(answer.status));
    return answer;
  } catch (error) {
    // The kind alone: the message has the address in it.
    fail(span, error instanceof UpstreamError ? error.failure : '_OTHER');
    throw error;
  } finally {
    span.end();
  }
}

function fail(span: Span, type: string): void {
  span.setAttribute('error.type', type);
  span.setStatus({ code: SpanStatusCode.ERROR });
}

function describe(
  method: string,
  address: string,
): { readonly name: string; readonly attributes: Record<string, string | number> } {
  const attributes: Record<string, string | number> = { 'http.request.method': method };
  if (!URL.canParse(address)) return { name: method, attributes };
  const url = new URL(address);
  const scheme = url.protocol.replace(':', '');
  const pattern = calledRoute(url.pathname);
  attributes['server.address'] = url.hostname;
  attributes['server.port'] = Number(url.port) || (scheme === 'https' ? 443 : 80);
  attributes['url.scheme'] = scheme;
  attributes['url.template'] = pattern;
  return { name: `${method} ${pattern}`, attributes };
}
