/** Deep import of the original: `…/dist/prom-metrics`. */
export { createCounter, createGauge, lastMetricsFetch, lastMetricsUpdate } from './operations/prometheus.ts';
