import { Counter, type CounterConfiguration, Gauge, type GaugeConfiguration, register } from 'prom-client';
import { collectFamilies, type Family, prometheusText, type ValueFamily } from './edge-prometheus.ts';
import { largest } from './figures.ts';
import { findHalyardFamily } from './metrics/catalogue.ts';
import { proxyFamilies } from './metrics/proxy-families.ts';

/**
 * The metrics of this process, in prom-client's default registry: an embedding application's own metrics are shown
 * with them. The first three families are those of the original; Halyard's own start with `halyard_`.
 *
 * Source: Unleash Proxy specification 3.2; 9.2, 24.
 */

/** A gauge of the default registry; the existing one when the name is taken. */
export function createGauge<Label extends string>(options: GaugeConfiguration<Label>): Gauge<Label> {
  return (register.getSingleMetric(options.name) as Gauge<Label> | undefined) ?? new Gauge(options);
}

/** A counter of the default registry; the existing one when the name is taken. */
export function createCounter<Label extends string>(options: CounterConfiguration<Label>): Counter<Label> {
  return (register.getSingleMetric(options.name) as Counter<Label> | undefined) ?? new Counter(options);
}

export const lastMetricsUpdate = createGauge({
  name: 'last_metrics_update_epoch_timestamp_ms',
  help: 'When upstream last delivered definitions, in milliseconds since the epoch. 0 before the first time.',
  collect() {
    this.set(largest(({ figures }) => figures?.lastUpdateMs));
  },
});

export const lastMetricsFetch = createGauge({
  name: 'last_metrics_fetch_epoch_timestamp_ms',
  help: 'When upstream last answered, with definitions or without a change, in milliseconds since the epoch. 0 before the first time.',
  collect() {
    this.set(largest(({ figures }) => figures?.lastFetchMs));
  },
});

createCounter({ name: 'unleash_proxy_up', help: '1 while this process runs.' }).inc(1);

for (const family of proxyFamilies()) registerFamily(family);

/** The registry as Prometheus text, and `others` after it, but for those that the application has put there itself. */
export async function render(others: readonly Family[] = []): Promise<string> {
  const missing = others.filter(({ name }) => register.getSingleMetric(name) === undefined);
  const own = await register.metrics();
  return missing.length === 0 ? own : `${own.trimEnd()}\n${prometheusText(collectFamilies(missing))}`;
}

/** Puts one of Halyard's families in the registry. Its values are read anew whenever somebody looks. */
function registerFamily({ name, help, type, read }: ValueFamily): void {
  const labelNames = [...(findHalyardFamily(name)?.labels ?? [])];
  if (type === 'gauge') {
    createGauge({
      name,
      help,
      labelNames,
      collect() {
        this.reset();
        for (const [labels, value] of read()) this.set(labels, value);
      },
    });
    return;
  }
  createCounter({
    name,
    help,
    labelNames,
    collect() {
      this.reset();
      for (const [labels, value] of read()) this.inc(labels, value);
    },
  });
}
