/** Every family that the page for Prometheus has with values arrives at a collector, as what it is, in every mode. */
import { describe, expect, it } from 'vitest';
import { readFamilies, sampleLabels, sampleName } from '../../src/operations/metrics/exposition.ts';
import { findFamily } from '../../src/operations/metrics/find-family.ts';
import { modes, pageOf, withMode } from '../metrics/running.ts';
import { withProxy } from '../support/proxy.ts';
import type { Server } from '../support/server.ts';
import { halyards } from '../support/subjects.ts';
import { eventually } from '../support/wait.ts';
import { attributesOf, type Collector, numberOf, type SeenMetric, startCollector } from './collector.ts';

async function withCollector(use: (collector: Collector) => Promise<void>): Promise<void> {
  const collector = await startCollector();
  try {
    await use(collector);
  } finally {
    await collector.close();
  }
}

const exporting = (collector: Collector, protocol: string) => ({
  OTEL_EXPORTER_OTLP_ENDPOINT: collector.origin,
  OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
  OTEL_METRIC_EXPORT_INTERVAL: '200',
  OTEL_TRACES_EXPORTER: 'none',
});

const metricsExports = ({ exports }: Collector) => exports.filter(({ path }) => path === '/v1/metrics').length;

/** What was exported after now, and the page from before and after it. */
async function compared(server: Server, collector: Collector, page: () => Promise<string>) {
  const before = await page();
  const count = metricsExports(collector);
  await eventually('two more exports', () => metricsExports(collector) >= count + 2);
  const metrics = collector.metrics();
  const after = await page();
  expect(server.alive()).toBe(true);
  return { before, after, metrics };
}

/**
 * The export's own connection and the page's come and go, and what a process takes may be the same at both moments of
 * the page and another in between.
 */
const momentary = new Set([
  'process_open_fds',
  'process_threads',
  'process_resident_memory_bytes',
  'process_virtual_memory_bytes',
  'halyard_worker_resident_memory_bytes',
]);

/** Labels without those of buckets, in one text. */
const series = (labels: Iterable<readonly [string, unknown]>): string =>
  JSON.stringify(
    [...labels]
      .filter(([name]) => name !== 'le')
      .map(([name, value]) => [name, String(value)])
      .sort(),
  );

function expectSame(before: string, after: string, metrics: ReadonlyMap<string, SeenMetric>): number {
  const earlier = readFamilies(before);
  let compared = 0;
  for (const [name, family] of readFamilies(after)) {
    const metric = metrics.get(name);
    if (earlier.get(name)?.samples.size === 0) continue;
    expect(metric, name).toBeDefined();
    expect([name, metric?.unit ?? '']).toEqual([name, unitOf(name)]);
    const kind = { counter: 'sum', gauge: 'gauge', histogram: 'histogram' }[family.type] as
      | 'sum'
      | 'gauge'
      | 'histogram';
    expect(Object.keys(metric ?? {}), name).toContain(kind);
    if (kind === 'sum') expect(metric?.sum).toMatchObject({ isMonotonic: true, aggregationTemporality: 2 });
    if (kind === 'histogram') expect(metric?.histogram?.aggregationTemporality).toBe(2);
    const points = new Map(
      (metric?.[kind]?.dataPoints ?? []).map((point) => [
        series(Object.entries(attributesOf(point.attributes))),
        point,
      ]),
    );
    for (const [key, value] of family.samples) {
      // What changes while it is looked at cannot be compared.
      if (earlier.get(name)?.samples.get(key) !== value || sampleName(key).endsWith('_bucket')) continue;
      const point = points.get(series(sampleLabels(key)));
      expect(point, key).toBeDefined();
      if (momentary.has(name)) continue;
      if (kind !== 'histogram') expect([key, numberOf(point as never)]).toEqual([key, value]);
      else if (sampleName(key).endsWith('_count')) expect(Number((point as { count: string }).count)).toBe(value);
      else expect((point as { sum: number }).sum).toBe(value);
      compared++;
    }
  }
  return compared;
}

function unitOf(name: string): string {
  return { seconds: 's', milliseconds: 'ms', bytes: 'By', characters: '{character}', '': '' }[
    findFamily(name)?.unit ?? ''
  ];
}

describe.each(halyards())('%s', (subject) => {
  it.each(modes.flatMap((mode) => [[mode, 'http/protobuf'] as const, [mode, 'http/json'] as const]))(
    '%s mode exports what its page shows, as %s',
    async (mode, protocol) => {
      await withCollector((collector) =>
        withMode(mode, subject, exporting(collector, protocol), async (server) => {
          const { before, after, metrics } = await compared(server, collector, () => pageOf(server, mode));
          expect(expectSame(before, after, metrics)).toBeGreaterThan(12);
          expect(collector.exports[0]?.headers['content-type']).toBe(
            protocol === 'http/json' ? 'application/json' : 'application/x-protobuf',
          );
          expect(collector.resource()).toMatchObject({ 'service.name': 'halyard', 'service.version': '0.1.0' });
        }),
      );
    },
  );

  it.each(['proxy', 'edge', 'flagsmith'] as const)('%s mode with workers exports once for all', async (mode) => {
    await withCollector((collector) => {
      const env = { ...exporting(collector, 'http/protobuf'), WORKERS: '2', HALYARD_WORKERS: '2' };
      return withMode(mode, subject, env, async (server) => {
        await eventually('figures of both workers', () => {
          const point = collector.metrics().get('halyard_worker_process_id')?.gauge?.dataPoints;
          return point?.length === 2;
        });
        const { before, after, metrics } = await compared(server, collector, () => pageOf(server, mode));
        expect(expectSame(before, after, metrics)).toBeGreaterThan(12);
        expect(metrics.get('halyard_worker_definitions_revision')?.gauge?.dataPoints).toHaveLength(2);
      });
    });
  });

  it('exports what nobody can scrape, with headers, compressed, to an address of its own', async () => {
    await withCollector((collector) => {
      const env = {
        OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: `${collector.origin}/in/v1/metrics`,
        OTEL_EXPORTER_OTLP_HEADERS: 'x-scope=team%20a',
        OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
        OTEL_METRIC_EXPORT_INTERVAL: '200',
        OTEL_SERVICE_NAME: 'flags',
        OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
        HALYARD_PROMETHEUS: 'false',
      };
      return withProxy(subject, { env }, async () => {
        await eventually('flags in an export', () => collector.metrics().get('halyard_flags'));
        expect(collector.exports[0]?.path).toBe('/in/v1/metrics');
        expect(collector.exports[0]?.headers).toMatchObject({ 'x-scope': 'team a', 'content-encoding': 'gzip' });
        expect(collector.metrics().get('halyard_flags')?.gauge?.dataPoints).toHaveLength(1);
        expect(collector.resource()).toMatchObject({ 'service.name': 'flags', 'deployment.environment.name': 'test' });
        // There is no address for traces.
        expect(collector.exports.filter(({ path }) => path.includes('traces'))).toEqual([]);
      });
    });
  });
});
