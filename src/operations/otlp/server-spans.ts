import {
  type Attributes,
  type Context,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { type HttpHandler, type HttpReply, type HttpRequest, RequestAbortedError } from '../../http/types.ts';
import { type ActiveTrace, runIn } from './active-trace.ts';
import { servedRoute } from './routes.ts';
import type { Sampling } from './sampling.ts';
import { readTraceContext } from './trace-context.ts';

/** What spans of requests need. */
export interface ServerSpanOptions {
  readonly tracer: Tracer;
  readonly sampling: Sampling;
  /** What may stand in front of the paths that are served. */
  readonly basePaths: readonly string[];
}

const methods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']);

/**
 * Records sampled requests: method, route, status, time until the reply is handed over, and what notes say. Nothing that
 * a client sent is in a span: no path, no query, no header, no body.
 */
export function withServerSpans(handler: HttpHandler, { tracer, sampling, basePaths }: ServerSpanOptions): HttpHandler {
  const recorded = (request: HttpRequest, parent: SpanContext | undefined): HttpReply | Promise<HttpReply> => {
    const method = methods.has(request.method) ? request.method : '_OTHER';
    const route = servedRoute(request.path, basePaths);
    const shown = method === '_OTHER' ? 'HTTP' : method;
    const attributes = { 'http.request.method': method, ...(route === undefined ? {} : { 'http.route': route }) };
    const name = route === undefined ? shown : `${shown} ${route}`;
    const span = tracer.startSpan(name, { kind: SpanKind.SERVER, attributes }, contextOf(parent));
    const note = (more: Attributes) => void span.setAttributes(more);
    return within({ context: span.spanContext(), note }, handler, request, (reply, error) => end(span, reply, error));
  };
  return (request) => {
    const header = request.header('traceparent');
    if (header === undefined) return sampling.root() ? recorded(request, undefined) : handler(request);
    const parent = readTraceContext(header, (name) => request.header(name));
    if (parent === undefined) return sampling.root() ? recorded(request, undefined) : handler(request);
    if (sampling.child(parent)) return recorded(request, parent);
    return within({ context: { ...parent, traceFlags: TraceFlags.NONE } }, handler, request);
  };
}

/** Takes over the trace that a process of the same group says a request belongs to. */
export function inCallersTrace(handler: HttpHandler): HttpHandler {
  return (request) => {
    const header = request.header('traceparent');
    const context = readTraceContext(header, (name) => request.header(name));
    return context === undefined ? handler(request) : within({ context }, handler, request);
  };
}

function within(
  active: ActiveTrace,
  handler: HttpHandler,
  request: HttpRequest,
  ended: (reply: HttpReply | undefined, error?: unknown) => void = () => {},
): HttpReply | Promise<HttpReply> {
  const finish = (reply: HttpReply | undefined, error?: unknown) => {
    active.context = undefined;
    ended(reply, error);
  };
  try {
    const reply = runIn(active, () => handler(request));
    if (reply instanceof Promise) {
      return reply.then(
        (late) => {
          finish(late);
          return late;
        },
        (error) => {
          finish(undefined, error);
          throw error;
        },
      );
    }
    finish(reply);
    return reply;
  } catch (error) {
    finish(undefined, error);
    throw error;
  }
}

function end(span: Span, reply: HttpReply | undefined, error: unknown): void {
  const status = reply?.status ?? (error instanceof RequestAbortedError ? undefined : 500);
  if (status === undefined) span.setAttribute('error.type', 'aborted');
  else span.setAttribute('http.response.status_code', status);
  if (status !== undefined && status >= 500) {
    span.setAttribute('error.type', String(status));
    span.setStatus({ code: SpanStatusCode.ERROR });
  }
  span.end();
}

/** The context of the SDK for a parent. */
export function contextOf(parent: SpanContext | undefined): Context {
  return parent === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent);
}
