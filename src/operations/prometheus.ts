import { Counter, type CounterConfiguration, Gauge, type GaugeConfiguration, register } from 'prom-client';
import { largest, sum, sumByKey } from './figures.ts';

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

createCounter({
  name: 'halyard_requests_total',
  help: 'Finished requests by endpoint and status.',
  labelNames: ['endpoint', 'status'],
  collect() {
    this.reset();
    for (const [key, count] of sumByKey(({ requests }) => requests?.totals())) {
      const [endpoint = '', status = ''] = key.split(' ');
      this.inc({ endpoint, status }, count);
    }
  },
});

createCounter({
  name: 'halyard_upstream_polls_total',
  help: 'Finished polls of upstream by outcome.',
  labelNames: ['outcome'],
  collect() {
    this.reset();
    for (const [outcome, count] of sumByKey(({ figures }) => figures?.polls)) this.inc({ outcome }, count);
  },
});

createCounter({
  name: 'halyard_usage_dropped_total',
  help: 'Counts of usage that found no room within the configured bounds.',
  collect() {
    this.reset();
    this.inc(sum(({ usage }) => usage?.dropped));
  },
});

const gauges: readonly [name: string, help: string, read: () => number][] = [
  [
    'halyard_revision',
    'How often definitions were replaced since the start.',
    () => largest((p) => p.slot?.current?.revision),
  ],
  [
    'halyard_definitions_timestamp_ms',
    'When the definitions in use were put in use, in milliseconds since the epoch.',
    () => largest((p) => p.slot?.current?.publishedAtMs),
  ],
  [
    'halyard_definitions_from_backup',
    '1 while answers come from the definitions of an earlier run.',
    () => largest((p) => (p.slot?.current?.origin === 'backup' ? 1 : 0)),
  ],
  ['halyard_flags', 'Flags held.', () => sum((p) => p.slot?.current?.model.set.flags.length)],
  ['halyard_usage_toggles', 'Toggles counted since the last report of usage.', () => sum((p) => p.usage?.size)],
  ['halyard_reply_cache_bytes', 'Memory of finished replies.', () => sum((p) => p.slot?.current?.model.cached.bytes)],
  ['halyard_reply_cache_replies', 'Finished replies held.', () => sum((p) => p.slot?.current?.model.cached.replies)],
];

for (const [name, help, read] of gauges) {
  createGauge({
    name,
    help,
    collect() {
      this.set(read());
    },
  });
}

/** The registry as Prometheus text. */
export function render(): Promise<string> {
  return register.metrics();
}
