import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { AlwaysOnSampler, InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { describe, expect, it } from 'vitest';
import { clientKey, flag, proxyOfrep, set, variant } from '../../../test/ofrep/harness.ts';
import { testRequest } from '../../http/testing.ts';
import { type HttpHandler, type HttpReply, RequestAbortedError } from '../../http/types.ts';
import { type SendUpstream, UpstreamError, type UpstreamRequest } from '../../http/upstream/types.ts';
import { withClientSpans, withStreamSpans, withTraceHeaders } from './client-spans.ts';
import { createSampling } from './sampling.ts';
import { inCallersTrace, withServerSpans } from './server-spans.ts';
import type { SamplingRule } from './settings.ts';

const trace = '0af7651916cd43dd8448eb211c80319c';
const caller = 'b7ad6b7169203331';
const sampled = { traceparent: `00-${trace}-${caller}-01`, tracestate: 'vendor=x' };
const unsampled = { traceparent: `00-${trace}-${caller}-00` };
const secretBody = '{"context":{"targetingKey":"secret-user"}}';
const ok: HttpReply = { status: 200, headers: {}, body: 'ok' };

function create(rule: SamplingRule = { parentBased: true, ratio: 1 }, random = () => 0.5) {
  const exporter = new InMemorySpanExporter();
  const provider = new TracerProvider({
    sampler: new AlwaysOnSampler(),
    spanProcessors: [new SimpleSpanProcessor({ exporter })],
  });
  const options = {
    tracer: provider.getTracer('test'),
    sampling: createSampling(rule, random),
    basePaths: ['/base', ''],
  };
  const sent: UpstreamRequest[] = [];
  const answer: SendUpstream = async (request) => {
    sent.push(request);
    return { status: 204, body: new Uint8Array(), header: () => undefined };
  };
  const send = withClientSpans(answer, options);
  const call = (url = 'https://up.example/secret-path/api/client/features?key=secret', through = send) =>
    through({ method: 'GET', url, headers: { Authorization: 'secret' }, timeoutMs: 1, limitBytes: 1 });
  const serve = (handler: HttpHandler) => withServerSpans(handler, options);
  return { options, exporter, spans: () => exporter.getFinishedSpans(), sent, answer, call, serve };
}

const traceOf = ({ headers }: UpstreamRequest) => headers.traceparent ?? 'none';

describe('spans of requests', () => {
  it('hold method, route and status, and nothing that a client sends', async () => {
    const { serve, spans } = create();
    const handler = serve(() => ok);
    await handler(
      testRequest({ url: '/base/api/frontend/features/secret-flag?userId=secret', headers: { 'x-secret': 's' } }),
    );
    await handler(testRequest({ url: '/secret/path?secret', method: 'BREW' }));
    await handler(testRequest({ url: '/ofrep/v1/evaluate/flags/', method: 'POST', body: 'secret' }));
    expect(spans().map(({ name, kind, attributes, status }) => ({ name, kind, attributes, status }))).toEqual([
      {
        name: 'GET /base/api/frontend/features/{feature_name}',
        kind: SpanKind.SERVER,
        attributes: {
          'http.request.method': 'GET',
          'http.route': '/base/api/frontend/features/{feature_name}',
          'http.response.status_code': 200,
        },
        status: { code: SpanStatusCode.UNSET },
      },
      {
        name: 'HTTP',
        kind: SpanKind.SERVER,
        attributes: { 'http.request.method': '_OTHER', 'http.response.status_code': 200 },
        status: { code: SpanStatusCode.UNSET },
      },
      expect.objectContaining({ name: 'POST /ofrep/v1/evaluate/flags' }),
    ]);
  });

  it('say which flag was asked for, of flags that exist', async () => {
    const { serve, spans } = create();
    const { ofrep } = await proxyOfrep(set(flag('known', { variants: [variant('blue', 'string', 'secret-value')] })));
    const handler = serve((request) => ofrep.respond(request));
    const ask = (path: string, headers: Record<string, string> = { authorization: clientKey }) =>
      handler(testRequest({ method: 'POST', url: `/ofrep/v1/evaluate/flags${path}`, headers, body: secretBody }));
    for (const path of ['/known', '/known:variant', '/secret-unknown', '']) await ask(path);
    await ask('', {});
    await serve(() => ok)(testRequest({ url: '/proxy' }));
    const flagOf = { 'feature_flag.provider.name': 'halyard', 'feature_flag.set.id': 'default:production' };
    const version = expect.stringMatching(/^\w{12}$/);
    const known = {
      ...{ ...flagOf, 'feature_flag.key': 'known', 'feature_flag.version': version },
      ...{ 'feature_flag.result.variant': 'blue', 'feature_flag.result.reason': 'static' },
    };
    const all = { ...flagOf, 'feature_flag.version': version, 'halyard.evaluations': 1 };
    const told = spans().map(({ attributes }) =>
      Object.fromEntries(Object.entries(attributes).filter(([name]) => !name.startsWith('http.'))),
    );
    expect(told).toEqual([known, known, {}, all, {}, {}]);
    expect(JSON.stringify(spans().map(({ attributes }) => attributes))).not.toContain('secret');
  });

  it('end with late replies, faults and clients that go away', async () => {
    const { serve, spans } = create();
    await serve(async () => ({ ...ok, status: 503 }))(testRequest({}));
    const failing = serve(() => Promise.reject(new Error('secret')));
    await expect(failing(testRequest({}))).rejects.toThrow('secret');
    const throwing = serve(() => {
      throw new Error('secret');
    });
    expect(() => throwing(testRequest({}))).toThrow('secret');
    await expect(serve(() => Promise.reject(new RequestAbortedError()))(testRequest({}))).rejects.toThrow('aborted');
    const seen = spans().map(({ attributes, status, events }) => [
      attributes['http.response.status_code'],
      attributes['error.type'],
      status.code,
      events.length,
    ]);
    expect(seen).toEqual([
      [503, '503', SpanStatusCode.ERROR, 0],
      [500, '500', SpanStatusCode.ERROR, 0],
      [500, '500', SpanStatusCode.ERROR, 0],
      [undefined, 'aborted', SpanStatusCode.UNSET, 0],
    ]);
  });

  it.each([
    ['parent-based, sampled caller', { parentBased: true, ratio: 0 }, sampled, 1],
    ['parent-based, unsampled caller', { parentBased: true, ratio: 1 }, unsampled, 0],
    ['parent-based, no caller, above the ratio', { parentBased: true, ratio: 0.4 }, {}, 0],
    ['parent-based, no caller, below the ratio', { parentBased: true, ratio: 0.6 }, {}, 1],
    ['always, unsampled caller', { parentBased: false, ratio: 1 }, unsampled, 1],
    ['never, sampled caller', { parentBased: false, ratio: 0 }, sampled, 0],
    ['a caller that makes no sense', { parentBased: true, ratio: 1 }, { traceparent: 'secret' }, 1],
    ['a trace of zeros', { parentBased: true, ratio: 0 }, { traceparent: `00-${'0'.repeat(32)}-${caller}-01` }, 0],
    [
      'a caller that is too long',
      { parentBased: true, ratio: 0 },
      { traceparent: `${sampled.traceparent}${'-x'.repeat(99)}` },
      0,
    ],
  ])('%s', async (_, rule, headers, count) => {
    const { serve, spans } = create(rule);
    await serve(() => ok)(testRequest({ headers: headers as Record<string, string> }));
    expect(spans()).toHaveLength(count);
    if (count === 1 && headers === sampled) {
      expect(spans()[0]?.parentSpanContext).toMatchObject({ traceId: trace, spanId: caller });
    }
  });
});

describe('upstream calls', () => {
  it('belong to the request that causes them, and tell upstream', async () => {
    const { serve, spans, sent, call } = create();
    const handler = serve(async () => {
      await call();
      return ok;
    });
    await handler(testRequest({ headers: sampled }));
    const [client, server] = spans();
    expect(client?.parentSpanContext?.spanId).toBe(server?.spanContext().spanId);
    expect(client?.attributes).toEqual({
      'http.request.method': 'GET',
      'server.address': 'up.example',
      'server.port': 443,
      'url.scheme': 'https',
      'url.template': '/{}/api/client/features',
      'http.response.status_code': 204,
    });
    expect([client?.name, client?.kind]).toEqual(['GET /{}/api/client/features', SpanKind.CLIENT]);
    expect(sent[0]?.headers).toEqual({
      Authorization: 'secret',
      traceparent: `00-${trace}-${client?.spanContext().spanId}-01`,
      tracestate: 'vendor=x',
    });
  });

  it('pass on the trace of a request that is not recorded', async () => {
    const { serve, spans, sent, call } = create();
    await serve(async () => {
      await call();
      return ok;
    })(testRequest({ headers: unsampled }));
    expect([spans().length, sent.map(traceOf)]).toEqual([0, [unsampled.traceparent]]);
  });

  it('of Halyard itself are traces of their own, also those that a request set going', async () => {
    const { serve, spans, call, sent } = create({ parentBased: true, ratio: 0.1 });
    await call();
    let later: Promise<unknown> = Promise.resolve();
    await serve(() => {
      later = Promise.resolve().then(() => call());
      return ok;
    })(testRequest({ headers: sampled }));
    await later;
    const calls = spans().filter(({ kind }) => kind === SpanKind.CLIENT);
    expect(calls.map(({ parentSpanContext }) => parentSpanContext)).toEqual([undefined, undefined]);
    expect(sent.map(traceOf).some((one) => one.includes(trace))).toBe(false);
    expect(new Set(calls.map((one) => one.spanContext().traceId)).size).toBe(2);
  });

  it('are not recorded, and pass nothing on, with a ratio of 0', async () => {
    const { spans, call, sent } = create({ parentBased: true, ratio: 0 });
    await call();
    expect([spans().length, sent.map(traceOf)]).toEqual([0, ['none']]);
  });

  it('that fail tell the kind of failure alone', async () => {
    const { options, spans, call } = create();
    const failing = withClientSpans(() => Promise.reject(new UpstreamError('timeout', 'secret address')), options);
    await expect(call('http://up:8080/edge/validate', failing)).rejects.toThrow('secret address');
    const refusing = withClientSpans(
      async () => ({ status: 401, body: new Uint8Array(), header: () => undefined }),
      options,
    );
    await call('not a url', refusing);
    expect(spans().map(({ name, attributes, status }) => [name, attributes['error.type'], status])).toEqual([
      ['GET /edge/validate', 'timeout', { code: SpanStatusCode.ERROR }],
      ['GET', '401', { code: SpanStatusCode.ERROR }],
    ]);
    expect(JSON.stringify(spans().map(({ attributes, events }) => [attributes, events]))).not.toContain('secret');
  });

  it('that open a stream end with the head of the answer', async () => {
    const { options, spans } = create();
    const open = withStreamSpans(async () => ({ status: 200, chunks: (async function* () {})() }), options);
    const url = 'https://realtime.example/sse/environments/secret/stream';
    await open({ url, headers: {}, timeoutMs: 1, signal: new AbortController().signal });
    expect(spans().map(({ name }) => name)).toEqual(['GET /sse/environments/{}/stream']);
  });
});

it('between processes of a group only the trace is passed on', async () => {
  const { serve, options, spans, sent, call, answer } = create();
  const toPrimary = withTraceHeaders(async (request) => {
    const inner = inCallersTrace(async () => {
      await call();
      return ok;
    });
    await inner(testRequest({ headers: { ...request.headers } }));
    return { status: 200, body: new Uint8Array(), header: () => undefined };
  });
  await serve(async () => {
    await call('http://primary/edge/validate', toPrimary);
    return ok;
  })(testRequest({ headers: sampled }));
  const [client, server] = spans();
  expect(spans()).toHaveLength(2);
  expect(client?.parentSpanContext?.spanId).toBe(server?.spanContext().spanId);
  expect(sent).toHaveLength(1);
  await call('http://primary/edge/validate', withTraceHeaders(answer));
  expect(traceOf(sent[1] as UpstreamRequest)).toBe('none');
  expect(options.sampling.own).toBe(true);
});
