import type { LogEvent } from './log-event.ts';

/** Usage and metrics. */
export const usageEvents = {
  usageKept: {
    code: 'HALYARD-5001',
    level: 'warn',
    when: 'Usage could not be sent upstream. It is kept for the next attempt.',
    action: 'Check upstream when it goes on.',
  },
  usageDropped: {
    code: 'HALYARD-5002',
    level: 'warn',
    when: 'Usage was dropped: upstream refuses it, or too much is waiting.',
    action: 'Check upstream. Counts there are too low for this time.',
  },
  usageCutOff: {
    code: 'HALYARD-5003',
    level: 'warn',
    when: 'A report of usage had absurdly large counts, and was cut off.',
    action: 'Find the client that sends it.',
  },
  metricsWait: {
    code: 'HALYARD-5004',
    level: 'debug',
    when: 'There is no token for the environment of some usage. It waits.',
    action: 'Nothing, if a client with a token comes.',
  },
  edgeReportRefused: {
    code: 'HALYARD-5005',
    level: 'debug',
    when: 'Edge answered a request with an error: path, method and status are in the line.',
    action: 'Nothing, if it is seldom.',
  },
  instanceDataNotSent: {
    code: 'HALYARD-5006',
    level: 'debug',
    when: 'Data about this instance could not be sent upstream.',
    action: 'Nothing: not every upstream takes it.',
  },
  metricsNotPushed: {
    code: 'HALYARD-5007',
    level: 'warn',
    when: 'Metrics could not be pushed to PROMETHEUS_REMOTE_WRITE_URL.',
    action: 'Check the receiver, its address and credentials.',
  },
  otlpNotTaken: {
    code: 'HALYARD-5008',
    level: 'warn',
    when: 'The collector for OpenTelemetry cannot be reached, is overloaded or refuses what it gets. Told once per signal and process until it takes something again.',
    action: 'Check the collector, its address and OTEL_EXPORTER_OTLP_HEADERS. Serving goes on.',
  },
  otlpTakenAgain: {
    code: 'HALYARD-5009',
    level: 'warn',
    when: 'The collector takes what it gets again.',
    action: 'Nothing.',
  },
  otlpSpansDropped: {
    code: 'HALYARD-5010',
    level: 'warn',
    when: 'So many spans wait for the collector that more are dropped. Told once until it takes some.',
    action:
      'Check the collector. If it is well, sample less (HALYARD_OTLP_SAMPLE_RATIO) or raise HALYARD_OTLP_QUEUE_LIMIT.',
  },
} as const satisfies Readonly<Record<string, LogEvent>>;
