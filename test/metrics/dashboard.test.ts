/**
 * What Grafana asks for the dashboard, asked of a real Prometheus that scrapes Halyard in every mode: each query has
 * series in every mode whose families it reads, and legends tell them apart.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { adoptedFamilies } from '../../src/operations/metrics/adopted.ts';
import { type FamilyDefinition, halyardFamilies } from '../../src/operations/metrics/catalogue.ts';
import { startCollector } from '../otlp/collector.ts';
import { componentOrSkip } from '../support/components.ts';
import { halyards, repositoryRoot } from '../support/subjects.ts';
import { eventually } from '../support/wait.ts';
import { type Prometheus, startPrometheus } from './prometheus.ts';
import { bearers, type Mode, modes, withMode } from './running.ts';

interface Target {
  readonly expr: string;
  readonly legendFormat?: string;
}
interface Panel {
  readonly title: string;
  readonly targets?: readonly Target[];
}
interface Variable {
  readonly name: string;
  readonly type: string;
  readonly allValue?: string;
  readonly definition?: string;
}
interface Found {
  readonly result: readonly { readonly metric: Record<string, string> }[];
}

const dashboard = JSON.parse(readFileSync(join(repositoryRoot, 'ops/grafana/halyard.json'), 'utf8')) as {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly Variable[] };
};
const variables = dashboard.templating.list.filter(({ type }) => type === 'query');

const table: Readonly<Record<string, FamilyDefinition>> = { ...halyardFamilies, ...adoptedFamilies };

/** The modes whose servers have everything that a query reads. Workers run in Unleash Proxy mode here. */
function modesWith(expr: string): readonly Mode[] {
  const families = Object.keys(table).filter((name) => new RegExp(`\\b${name}(_bucket)?\\{`).test(expr));
  expect([expr, families.length > 0]).toEqual([expr, true]);
  return modes.filter((mode) =>
    families.every((name) => {
      const where = table[name]?.modes ?? [];
      return where.includes(mode) || (mode === 'proxy' && where.includes('workers'));
    }),
  );
}

/** Offline mode asks no upstream: what tells of that has no values there, or 0 for never. */
const isNever = (mode: Mode, expr: string) =>
  mode === 'offline' && /halyard_fetch|_confirmed_timestamp_seconds/.test(expr);

/** As Grafana fills in what is chosen, a job and `All` elsewhere, and the times of a view of one minute. */
const filled = (expr: string, job = '.*'): string =>
  variables
    .reduce((text, { name, allValue = '' }) => text.replaceAll(`$${name}`, name === 'job' ? job : allValue), expr)
    .replaceAll('$__rate_interval', '4s')
    .replaceAll('$__interval', '1s')
    .replaceAll('$__range', '60s');

async function ask(prometheus: Prometheus, expr: string): Promise<Found['result']> {
  const end = Date.now() / 1000;
  const path = `query_range?query=${encodeURIComponent(expr)}&start=${end - 60}&end=${end}&step=1`;
  return (await prometheus.query<Found>(path)).result;
}

/**
 * As Grafana writes a legend, but for labels that are not there, which show. Those of workers may be missing: processes
 * that serve alone have none.
 */
const legendOf = ({ legendFormat = '' }: Target, labels: Record<string, string>): string =>
  legendFormat.replaceAll(
    /\{\{\s*(\w+)\s*\}\}/g,
    (written, name: string) => labels[name] ?? (name === 'worker' ? '' : written),
  );

/** Runs all modes at the same time; they export to a collector. */
async function withAll(use: (ports: Record<Mode, number>) => Promise<void>): Promise<void> {
  const collector = await startCollector();
  const exporting = {
    HALYARD_OTLP_ENDPOINT: collector.origin,
    HALYARD_OTLP_SAMPLE_RATIO: '1',
    OTEL_METRIC_EXPORT_INTERVAL: '500',
    OTEL_BSP_SCHEDULE_DELAY: '500',
  };
  const [subject] = halyards();
  const ports: Partial<Record<Mode, number>> = {};
  const startNext = async ([mode, ...rest]: readonly Mode[]): Promise<void> => {
    if (mode === undefined) return use(ports as Record<Mode, number>);
    const env: Record<string, string> = mode === 'proxy' ? { WORKERS: '2' } : {};
    await withMode(mode, subject as NonNullable<typeof subject>, { ...exporting, ...env }, async (server) => {
      ports[mode] = server.port;
      const ask = (flag = '') => server.postJson(`/ofrep/v1/evaluate/flags${flag}`, {}, bearers[mode]);
      const { text } = await eventually(`flags of ${mode} mode`, async () => {
        const reply = await ask();
        return reply.status === 200 ? reply : undefined;
      });
      const { flags } = JSON.parse(text) as { flags: { key: string; reason?: string; value?: unknown }[] };
      const used = flags.find(({ reason, value }) => reason === 'STATIC' && value !== false);
      const flag = encodeURIComponent(used?.key ?? '');
      expect([mode, flag]).not.toEqual([mode, '']);
      // Rates are of requests that go on. A single evaluation counts as usage, a bulk one does not.
      const asking = setInterval(() => void Promise.all([ask(), ask(`/${flag}`)]).catch(() => undefined), 250);
      await startNext(rest).finally(() => clearInterval(asking));
    });
  };
  await startNext(modes).finally(() => collector.close());
}

const installed = componentOrSkip('prometheus', 'the queries of the dashboard');

it.skipIf(!installed || halyards().length === 0)(
  'every panel and every variable of the dashboard has what it shows',
  { timeout: 600_000 },
  () =>
    withAll(async (ports) => {
      const prometheus = await startPrometheus(ports);
      try {
        await prometheus.scraped();
        for (const { name, definition = '' } of variables) {
          const [, series = '', label = ''] = /^label_values\((.*), (\w+)\)$/.exec(definition) ?? [];
          const path = `label/${label}/values?match[]=${encodeURIComponent(filled(series))}`;
          const values = await prometheus.query<string[]>(path);
          expect([name, values.length > 0]).toEqual([name, true]);
          if (name === 'job') expect([...values].sort()).toEqual([...modes].sort());
        }
        for (const { title, targets = [] } of dashboard.panels) {
          for (const target of targets) {
            for (const mode of modesWith(target.expr)) {
              if (isNever(mode, target.expr)) continue;
              const expr = filled(target.expr, mode);
              expect([title, expr.includes('$')]).toEqual([title, false]);
              const series = await eventually(
                `${title} in ${mode} mode: ${expr}`,
                async () => {
                  const found = await ask(prometheus, expr);
                  return found.length > 0 ? found : undefined;
                },
                60_000,
                250,
              );
              const legends = series.map(({ metric }) => legendOf(target, metric));
              expect([title, mode, legends.filter((legend) => legend.includes('{{'))]).toEqual([title, mode, []]);
              expect([title, mode, [...new Set(legends)]]).toEqual([title, mode, legends]);
            }
          }
        }
      } finally {
        await prometheus.stop();
      }
    }),
);
