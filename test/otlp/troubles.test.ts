/** A collector that is away, slow or unwilling, a stop with something left to export, and settings that cannot be used. */
import { describe, expect, it } from 'vitest';
import { freePort } from '../support/ports.ts';
import { key, withProxy } from '../support/proxy.ts';
import { startServer } from '../support/server.ts';
import { halyards } from '../support/subjects.ts';
import { eventually } from '../support/wait.ts';
import { attributesOf, type Collector, numberOf, startCollector } from './collector.ts';

const often = { HALYARD_OTLP_SAMPLE_RATIO: '1', OTEL_BSP_SCHEDULE_DELAY: '100', OTEL_METRIC_EXPORT_INTERVAL: '100' };
const never = { OTEL_BSP_SCHEDULE_DELAY: '600000', OTEL_METRIC_EXPORT_INTERVAL: '600000' };

const count = (text: string, code: string) => text.split(code).length - 1;
const requestSpans = (collector: Collector) => collector.spans().filter(({ kind }) => kind === 2);

/** Values of a counter by outcome. */
function outcomes(page: string, family: string): Record<string, number> {
  const rows = page.matchAll(new RegExp(`^${family}\\{(?:signal="(\\w+)",)?outcome="(\\w+)"\\} (\\d+)$`, 'gm'));
  return Object.fromEntries(
    [...rows].map(([, signal, outcome, value]) => [[signal, outcome].filter(Boolean).join(' '), Number(value)]),
  );
}

describe.each(halyards())('%s', (subject) => {
  it('a collector that is not there changes nothing for clients, is told of once, and gets all when it comes', async () => {
    const port = await freePort();
    const env = { HALYARD_OTLP_ENDPOINT: `http://127.0.0.1:${port}`, ...often };
    await withProxy(subject, { env }, async ({ server }) => {
      const log = () => server.stdout() + server.stderr();
      for (let i = 0; i < 10; i++) expect((await server.get('/proxy', key)).status).toBe(200);
      await eventually('both signals are told of', () => count(log(), 'HALYARD-5008') === 2);
      await eventually('another attempt', async () => {
        const { text } = await server.get('/proxy/internal-backstage/prometheus');
        return (outcomes(text, 'halyard_otlp_exports_total')['traces postponed'] ?? 0) > 1;
      });
      const collector = await startCollector(port);
      try {
        await eventually(
          'the spans',
          () => requestSpans(collector).filter(({ name }) => name === 'GET /proxy').length >= 10,
        );
        await eventually('both signals are well again', () => count(log(), 'HALYARD-5009') === 2);
        expect(requestSpans(collector).filter(({ name }) => name === 'GET /proxy')).toHaveLength(10);
        expect(count(log(), 'HALYARD-5008')).toBe(2);
        expect(log()).toContain(`The collector at http://127.0.0.1:${port}/v1/traces does not take traces`);
      } finally {
        await collector.close();
      }
    });
  });

  it('a collector that never answers holds neither requests nor a stop up; the queue has its bound', async () => {
    const collector = await startCollector();
    collector.answer = () => 'hang';
    const bound = { HALYARD_OTLP_QUEUE_LIMIT: '5', HALYARD_SHUTDOWN_TIMEOUT: '500' };
    const env = { HALYARD_OTLP_ENDPOINT: collector.origin, ...often, ...bound };
    try {
      await withProxy(subject, { env }, async ({ server }) => {
        await eventually('exports under way', () => collector.exports.length >= 2);
        for (let i = 0; i < 20; i++) expect((await server.get('/proxy', key)).status).toBe(200);
        const { text } = await server.get('/proxy/internal-backstage/prometheus');
        expect(text).toMatch(/^halyard_otlp_spans_waiting 5$/m);
        expect(outcomes(text, 'halyard_otlp_spans_total').dropped).toBeGreaterThanOrEqual(15);
        expect(count(server.stdout() + server.stderr(), 'HALYARD-5010')).toBe(1);
        expect(await server.stop()).toMatchObject({ code: 0 });
      });
    } finally {
      await collector.close();
    }
  });

  it('a collector that is overloaded is asked again when it says so; what it refuses is given up', async () => {
    const collector = await startCollector();
    const answers = [{ status: 429, headers: { 'retry-after': '2' } }, { status: 400 }];
    collector.answer = ({ path }) => (path === '/v1/metrics' ? { status: 200 } : (answers.shift() ?? { status: 200 }));
    const env = { HALYARD_OTLP_ENDPOINT: collector.origin, ...often, HALYARD_OTLP_SAMPLE_RATIO: '0' };
    const sampled = { ...key, traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' };
    try {
      await withProxy(subject, { env }, async ({ server }) => {
        await server.get('/proxy', sampled);
        const page = () => server.get('/proxy/internal-backstage/prometheus').then(({ text }) => text);
        await eventually('the refusal', async () => outcomes(await page(), 'halyard_otlp_spans_total').failed === 1);
        expect(requestSpans(collector)).toEqual([]);
        await server.get('/proxy/health', sampled);
        await eventually('the next one', () => requestSpans(collector).length === 1);
        // The collector has it before its answer has come here.
        const exports = async () => outcomes(await page(), 'halyard_otlp_exports_total');
        await eventually('its answer', async () => (await exports())['traces taken'] === 1);
        expect(await exports()).toMatchObject({ 'traces postponed': 1, 'traces refused': 1 });
        await eventually('the log', () => count(server.stdout() + server.stderr(), 'HALYARD-5009') > 0);
        const log = server.stdout() + server.stderr();
        expect([count(log, 'HALYARD-5008'), count(log, 'HALYARD-5009')]).toEqual([1, 1]);
        expect(log).toContain('does not take traces: it answers 429');
      });
    } finally {
      await collector.close();
    }
  });

  it.each([['alone', 1] as const, ['with workers', 2] as const])(
    'what is left is exported at a stop, %s',
    async (_, workers) => {
      const collector = await startCollector();
      const own = { HALYARD_OTLP_SAMPLE_RATIO: '1', WORKERS: String(workers) };
      const env = { HALYARD_OTLP_ENDPOINT: collector.origin, ...never, ...own };
      try {
        await withProxy(subject, { env }, async ({ server }) => {
          for (let i = 0; i < 6; i++) expect((await server.get('/proxy', key)).status).toBe(200);
          expect(collector.exports).toEqual([]);
          expect(await server.stop()).toMatchObject({ code: 0 });
          expect(requestSpans(collector).filter(({ name }) => name === 'GET /proxy')).toHaveLength(6);
          const requests = collector.metrics().get('halyard_requests_total')?.sum?.dataPoints ?? [];
          const counted = requests.map((point) => [attributesOf(point.attributes), numberOf(point)] as const);
          // Every status has a point of its own.
          expect(counted.filter(([{ endpoint }]) => endpoint === 'enabled')).toEqual([
            [{ endpoint: 'enabled', status: '200' }, 6],
          ]);
        });
      } finally {
        await collector.close();
      }
    },
  );

  it.each([
    ['proxy', [], { UNLEASH_URL: 'http://127.0.0.1:9/api', UNLEASH_API_TOKEN: 'a', UNLEASH_PROXY_CLIENT_KEYS: 'k' }],
    ['edge', ['edge'], { UPSTREAM_URL: 'http://127.0.0.1:9', TOKENS: '*:development.a', STRICT: 'true' }],
    ['flagsmith', [], { ENVIRONMENT_KEY_PAIRS: '[{"server_side_key":"ser.a","client_side_key":"b"}]' }],
    ['demo', ['demo'], {}],
  ])('%s mode ends with advice where gRPC is asked for', async (_, args, own) => {
    const env = { ...own, OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4317', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' };
    const server = await startServer(subject, { args, env: env as Record<string, string>, waitFor: 'nothing' });
    expect((await server.exit).code).toBe(1);
    expect(server.stderr()).toContain('set it to http/protobuf, and the endpoint to the port for HTTP, usually 4318');
    expect(server.stderr()).not.toContain('    at ');
    await server.stop();
  });
});
