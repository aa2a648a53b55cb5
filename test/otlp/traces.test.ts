/** Spans at a collector, and trace context from clients and for upstream, in every mode, on both runtimes. */
import { describe, expect, it } from 'vitest';
import { flag } from '../edge/harness.ts';
import { type SocketUpstream, startUpstreamWith } from '../edge/socket-upstream.ts';
import { e2eDocument } from '../flagsmith/api.ts';
import { CoreApi } from '../flagsmith/support/core-api.ts';
import { keyPairs, startFlagsmith } from '../flagsmith/support/halyard.ts';
import { withMode } from '../metrics/running.ts';
import { key, withProxy } from '../support/proxy.ts';
import { type Server, startServer } from '../support/server.ts';
import { halyards, type Subject } from '../support/subjects.ts';
import { eventually } from '../support/wait.ts';
import { type Collector, type SeenSpan, startCollector } from './collector.ts';

const trace = '0af7651916cd43dd8448eb211c80319c';
const caller = 'b7ad6b7169203331';
const sampled = { traceparent: `00-${trace}-${caller}-01`, tracestate: 'vendor=x' };
const unsampled = { traceparent: `00-${trace}-${caller}-00` };
const server = 2;
const client = 3;

const tracing = (collector: Collector, ratio: string) => ({
  HALYARD_OTLP_ENDPOINT: collector.origin,
  HALYARD_OTLP_SAMPLE_RATIO: ratio,
  OTEL_METRICS_EXPORTER: 'none',
  OTEL_BSP_SCHEDULE_DELAY: '100',
});

async function withCollector(use: (collector: Collector) => Promise<void>): Promise<void> {
  const collector = await startCollector();
  try {
    await use(collector);
  } finally {
    await collector.close();
  }
}

/** Spans that match, as soon as there are so many. */
function spansOf(collector: Collector, count: number, match: (span: SeenSpan) => boolean): Promise<SeenSpan[]> {
  return eventually(`${count} spans`, () => {
    const found = collector.spans().filter(match);
    return found.length >= count ? found : undefined;
  });
}

/** An Edge that asks upstream about tokens that it does not know. */
async function withEdge(
  subject: Subject,
  env: Readonly<Record<string, string>>,
  use: (edge: Server, upstream: SocketUpstream) => Promise<void>,
): Promise<void> {
  const upstream = await startUpstreamWith({ version: 2, features: [flag('a')] }, token);
  const settings = { UPSTREAM_URL: upstream.origin, DYNAMIC: 'true' };
  const edge = await startServer(subject, {
    args: ['edge'],
    env: { ...settings, ...env },
    waitFor: 'listening',
  });
  try {
    await use(edge, upstream);
  } finally {
    await edge.stop();
    await upstream.close();
  }
}
const token = '*:development.client-secret-0001';

describe.each(halyards())('%s', (subject) => {
  it("a request for one flag tells which, with variant and reason, and one for all how many, in OpenTelemetry's words", async () => {
    await withCollector((collector) =>
      withEdge(subject, tracing(collector, '1'), async (edge) => {
        const bearer = { authorization: token };
        const ask = (path = '') =>
          edge.postJson(`/ofrep/v1/evaluate/flags${path}`, { context: { targetingKey: 'u' } }, bearer);
        expect([(await ask('/a')).status, (await ask('/nobody')).status, (await ask()).status]).toEqual([
          200, 404, 200,
        ]);
        const spans = await spansOf(collector, 3, ({ name }) => name.startsWith('POST /ofrep'));
        const told = spans.map(({ attributes }) =>
          Object.entries(attributes).filter(([name]) => /^feature_flag|^halyard/.test(name)),
        );
        const set = {
          'feature_flag.provider.name': 'halyard',
          'feature_flag.set.id': '*:development',
          'feature_flag.version': expect.stringMatching(/^\w{12}$/),
        };
        const one = {
          'feature_flag.key': 'a',
          'feature_flag.result.variant': 'on',
          'feature_flag.result.reason': 'static',
        };
        expect(told.map((entries) => Object.fromEntries(entries))).toEqual([
          { ...set, ...one },
          {},
          { ...set, 'halyard.evaluations': expect.anything() },
        ]);
      }),
    );
  });

  it('a ratio of 1 records each request, as a trace of its own where the client has none', async () => {
    await withCollector((collector) =>
      withProxy(subject, { env: tracing(collector, '1') }, async ({ server: proxy }) => {
        await proxy.get('/proxy?userId=secret-user', key);
        await proxy.get('/proxy/all?userId=secret-user', { ...key, ...sampled });
        await proxy.get('/secret/path', {});
        const own = (await spansOf(collector, 1, ({ name }) => name === 'GET /proxy'))[0];
        expect(own).toMatchObject({
          kind: server,
          attributes: { 'http.request.method': 'GET', 'http.route': '/proxy', 'http.response.status_code': 200 },
          resource: { 'service.name': 'halyard' },
        });
        expect([own?.traceId.length, own?.parentSpanId || undefined]).toEqual([32, undefined]);
        const [called] = await spansOf(collector, 1, ({ name }) => name === 'GET /proxy/all');
        expect(called).toMatchObject({ traceId: trace, parentSpanId: caller, traceState: 'vendor=x' });
        const [unknown] = await spansOf(collector, 1, ({ name }) => name === 'GET');
        expect(unknown?.attributes).toEqual({ 'http.request.method': 'GET', 'http.response.status_code': 404 });
      }),
    );
  });

  it('callers decide, whatever the ratio', async () => {
    await withCollector((collector) =>
      withProxy(subject, { env: tracing(collector, '0') }, async ({ server: proxy }) => {
        for (let i = 0; i < 20; i++) await proxy.get('/proxy', i % 2 === 0 ? key : { ...key, ...unsampled });
        await proxy.get('/proxy/health', sampled);
        await spansOf(collector, 1, ({ kind }) => kind === server);
        expect(collector.spans().map(({ name }) => name)).toEqual(['GET /proxy/health']);
      }),
    );
  });

  it('Unleash Proxy mode records what it asks of upstream, and tells upstream', async () => {
    await withCollector((collector) => {
      const env = { ...tracing(collector, '0.5'), UNLEASH_FETCH_INTERVAL: '200' };
      return withProxy(subject, { env }, async ({ upstream }) => {
        const fetches = await spansOf(collector, 2, ({ name }) => name === 'GET /api/client/features');
        expect(fetches[0]).toMatchObject({
          kind: client,
          attributes: {
            'http.request.method': 'GET',
            'server.address': '127.0.0.1',
            'server.port': upstream.port,
            'url.scheme': 'http',
            'url.template': '/api/client/features',
            'http.response.status_code': 200,
          },
        });
        const heard = upstream.of('features').map(({ headers }) => headers.traceparent);
        for (const { traceId, spanId, parentSpanId } of fetches) {
          expect(parentSpanId || undefined).toBeUndefined();
          expect(heard).toContain(`00-${traceId}-${spanId}-01`);
        }
        expect(new Set(fetches.map(({ traceId }) => traceId)).size).toBe(fetches.length);
        await spansOf(collector, 1, ({ name }) => name === 'POST /api/client/register');
      });
    });
  });

  it.each([['alone', {}] as const, ['with workers', { WORKERS: '2' }] as const])(
    'Edge %s: a call that a request causes belongs to the trace of its client',
    async (_, workers) => {
      await withCollector((collector) =>
        withEdge(subject, { ...tracing(collector, '0'), ...workers }, async (edge, upstream) => {
          const { status } = await edge.get('/api/client/features', { authorization: token, ...sampled });
          expect(status).toBe(200);
          const [asked] = await spansOf(collector, 1, ({ name }) => name === 'POST /edge/validate');
          const isServed = ({ name, kind }: SeenSpan) => kind === server && name === 'GET /api/client/features';
          const [served] = await spansOf(collector, 1, isServed);
          expect(served).toMatchObject({ traceId: trace, parentSpanId: caller });
          expect(asked).toMatchObject({ kind: client, traceId: trace, parentSpanId: served?.spanId });
          const heard = upstream.heard.find(({ path }) => path === '/edge/validate')?.headers;
          expect(heard?.traceparent).toBe(`00-${trace}-${asked?.spanId}-01`);
          expect(heard?.tracestate).toBe('vendor=x');
        }),
      );
    },
  );

  it('Edge: a client that does not record is passed on as it is', async () => {
    await withCollector((collector) =>
      withEdge(subject, tracing(collector, '0'), async (edge, upstream) => {
        const { status } = await edge.get('/api/client/features', { authorization: token, ...unsampled });
        expect(status).toBe(200);
        const heard = upstream.heard.find(({ path }) => path === '/edge/validate')?.headers;
        expect(heard?.traceparent).toBe(unsampled.traceparent);
        expect(collector.spans()).toEqual([]);
      }),
    );
  });

  it('Edge: opening a stream from upstream is recorded', async () => {
    await withCollector((collector) => {
      const env = { ...tracing(collector, '1'), DYNAMIC: '', STRICT: 'true', STREAMING: 'true', TOKENS: token };
      return withEdge(subject, env, async () => {
        const [opened] = await spansOf(collector, 1, ({ name }) => name === 'GET /api/client/streaming');
        expect(opened).toMatchObject({ kind: client });
      });
    });
  });

  it('Flagsmith mode records fetches and requests, without keys', async () => {
    await withCollector(async (collector) => {
      const core = await CoreApi.start();
      core.documents.set('ser.one', e2eDocument());
      const env = { ...keyPairs(['ser.one', 'client1']), ...tracing(collector, '1') };
      const realtime = { HALYARD_FLAGSMITH_REALTIME: 'true', HALYARD_FLAGSMITH_REALTIME_URL: core.origin };
      const flagsmith = await startFlagsmith(subject, core, { ...env, ...realtime });
      try {
        await flagsmith.get('/api/v1/flags/', { 'x-environment-key': 'client1', ...sampled });
        const [fetched] = await spansOf(collector, 1, ({ name }) => name === 'GET /api/v1/environment-document');
        const heard = core.requests.map(({ headers }) => headers.traceparent);
        expect(heard).toContain(`00-${fetched?.traceId}-${fetched?.spanId}-01`);
        const [served] = await spansOf(collector, 1, ({ name }) => name === 'GET /api/v1/flags');
        expect(served).toMatchObject({ kind: server, traceId: trace, parentSpanId: caller });
        await spansOf(collector, 1, ({ name }) => name === 'GET /sse/environments/{}/stream');
        expect(Buffer.concat(collector.exports.map(({ bytes }) => bytes)).toString()).not.toMatch(/client1|ser\.one/);
      } finally {
        await flagsmith.stop();
        await core.close();
      }
    });
  });

  it('offline mode below a base path records requests', async () => {
    await withCollector((collector) =>
      withMode('offline', subject, tracing(collector, '1'), async (offline) => {
        await offline.get('/proxy', { authorization: 'proxy-key', ...sampled });
        const [served] = await spansOf(collector, 1, ({ name }) => name === 'GET /proxy');
        expect(served).toMatchObject({ traceId: trace, attributes: { 'http.response.status_code': 200 } });
      }),
    );
  });

  it('several systems on one port: each request once, figures told apart', async () => {
    await withCollector(async (collector) => {
      const core = await CoreApi.start();
      core.documents.set('ser.one', e2eDocument());
      const env = {
        ...tracing(collector, '0'),
        OTEL_METRICS_EXPORTER: 'otlp',
        OTEL_METRIC_EXPORT_INTERVAL: '200',
        ...keyPairs(['ser.one', 'client1']),
        API_URL: core.url,
        PROXY_BASE_PATH: '/base',
      };
      try {
        await withProxy(subject, { env, basePath: '/base' }, async ({ server: both }) => {
          await both.get('/base/proxy', { ...key, ...sampled });
          await both.get('/api/v1/flags/', { 'x-environment-key': 'client1', ...sampled });
          const found = await spansOf(collector, 2, ({ kind }) => kind === server);
          expect(found.map(({ name }) => name).sort()).toEqual(['GET /api/v1/flags', 'GET /base/proxy']);
          const systems = await eventually('flags of both', () => {
            const points = collector.metrics().get('halyard_flags')?.gauge?.dataPoints ?? [];
            return points.length === 2 ? points : undefined;
          });
          const named = systems.map(({ attributes }) => attributes?.find(({ key: name }) => name === 'system')?.value);
          expect(named).toEqual(expect.arrayContaining([{ stringValue: 'proxy' }, { stringValue: 'flagsmith' }]));
          expect(collector.metrics().get('process_start_time_seconds')?.gauge?.dataPoints).toHaveLength(1);
        });
      } finally {
        await core.close();
      }
    });
  });
});
